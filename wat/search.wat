;; Byte scanning, sixteen at a time. The caller has checked [start, start + n) (for find_pair, plus distance). The last
;; places, fewer than sixteen, are looked at together too: the load may then reach past the range, but stays inside
;; the memory, and what lies beyond the range is masked off. Only at the memory's very end are they looked at singly.

;; The index of the first $byte in $n bytes, or $n.
(func $find_byte (param $start i32) (param $n i32) (param $byte i32) (result i32)
  (local $at i32) (local $place i32) (local $matches i32) (local $wanted v128)
  (local.set $wanted (i8x16.splat (local.get $byte)))
  (block $tail
    (loop $next
      (br_if $tail (i32.lt_u (i32.sub (local.get $n) (local.get $at)) (i32.const 16)))
      (local.set $matches
        (i8x16.bitmask
          (i8x16.eq (v128.load (i32.add (local.get $start) (local.get $at))) (local.get $wanted))))
      (if (local.get $matches)
        (then (return (i32.add (local.get $at) (i32.ctz (local.get $matches))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next)))
  (block $singly
    (local.set $place (i32.add (local.get $start) (local.get $at)))
    (br_if $singly
      (i32.ge_u (i32.shr_u (i32.add (local.get $place) (i32.const 16)) (i32.const 16)) (memory.size)))
    (local.set $matches
      (i32.or
        (i8x16.bitmask (i8x16.eq (v128.load (local.get $place)) (local.get $wanted)))
        (i32.shl (i32.const 1) (i32.sub (local.get $n) (local.get $at)))))
    (return (i32.add (local.get $at) (i32.ctz (local.get $matches)))))
  (block $end
    (loop $next
      (br_if $end (i32.eq (local.get $at) (local.get $n)))
      (br_if $end (i32.eq (i32.load8_u (i32.add (local.get $start) (local.get $at))) (local.get $byte)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $at))

;; The first index below $n of a byte $first that has $last $distance bytes behind it, or $n.
(func $find_pair
  (param $start i32) (param $n i32) (param $first i32) (param $last i32) (param $distance i32) (result i32)
  (local $at i32) (local $place i32) (local $matches i32) (local $firsts v128) (local $lasts v128)
  (local.set $firsts (i8x16.splat (local.get $first)))
  (local.set $lasts (i8x16.splat (local.get $last)))
  (block $tail
    (loop $next
      (br_if $tail (i32.lt_u (i32.sub (local.get $n) (local.get $at)) (i32.const 16)))
      (local.set $place (i32.add (local.get $start) (local.get $at)))
      (local.set $matches
        (i8x16.bitmask
          (v128.and
            (i8x16.eq (v128.load (local.get $place)) (local.get $firsts))
            (i8x16.eq (v128.load (i32.add (local.get $place) (local.get $distance))) (local.get $lasts)))))
      (if (local.get $matches)
        (then (return (i32.add (local.get $at) (i32.ctz (local.get $matches))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next)))
  (block $singly
    (local.set $place (i32.add (local.get $start) (local.get $at)))
    (br_if $singly
      (i32.ge_u
        (i32.shr_u
          (i32.add (i32.add (local.get $place) (local.get $distance)) (i32.const 16))
          (i32.const 16))
        (memory.size)))
    (local.set $matches
      (i32.or
        (i8x16.bitmask
          (v128.and
            (i8x16.eq (v128.load (local.get $place)) (local.get $firsts))
            (i8x16.eq (v128.load (i32.add (local.get $place) (local.get $distance))) (local.get $lasts))))
        (i32.shl (i32.const 1) (i32.sub (local.get $n) (local.get $at)))))
    (return (i32.add (local.get $at) (i32.ctz (local.get $matches)))))
  (block $end
    (loop $next
      (br_if $end (i32.eq (local.get $at) (local.get $n)))
      (local.set $place (i32.add (local.get $start) (local.get $at)))
      (br_if $end
        (i32.and
          (i32.eq (i32.load8_u (local.get $place)) (local.get $first))
          (i32.eq (i32.load8_u (i32.add (local.get $place) (local.get $distance))) (local.get $last))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $at))
