;; The letters of ASCII text, sixteen bytes at a time. A letter of the wanted case is a byte in [$first, $first + 26); the
;; same letter in the other case differs in the bit 32. Loads and stores stay inside the ranges that the caller gives.

;; The index of the first letter of the case that begins at $first, or $n.
(func $find_letter (param $start i32) (param $n i32) (param $first i32) (result i32)
  (local $at i32) (local $matches i32) (local $firsts v128)
  (local.set $firsts (i8x16.splat (local.get $first)))
  (block $tail
    (loop $next
      (br_if $tail (i32.lt_u (i32.sub (local.get $n) (local.get $at)) (i32.const 16)))
      (local.set $matches
        (i8x16.bitmask
          (i8x16.lt_u
            (i8x16.sub (v128.load (i32.add (local.get $start) (local.get $at))) (local.get $firsts))
            (v128.const i8x16 26 26 26 26 26 26 26 26 26 26 26 26 26 26 26 26))))
      (if (local.get $matches)
        (then (return (i32.add (local.get $at) (i32.ctz (local.get $matches))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next)))
  (block $found
    (loop $next
      (br_if $found (i32.ge_u (local.get $at) (local.get $n)))
      (br_if $found
        (i32.lt_u
          (i32.sub (i32.load8_u (i32.add (local.get $start) (local.get $at))) (local.get $first))
          (i32.const 26)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $at))

;; Copies $n bytes, with the letters of the case that begins at $first in the other case.
(func $flip_letters (param $target i32) (param $source i32) (param $n i32) (param $first i32)
  (local $at i32) (local $byte i32) (local $bytes v128) (local $firsts v128)
  (local.set $firsts (i8x16.splat (local.get $first)))
  (block $tail
    (loop $next
      (br_if $tail (i32.lt_u (i32.sub (local.get $n) (local.get $at)) (i32.const 16)))
      (local.set $bytes (v128.load (i32.add (local.get $source) (local.get $at))))
      (v128.store
        (i32.add (local.get $target) (local.get $at))
        (v128.xor
          (local.get $bytes)
          (v128.and
            (i8x16.lt_u
              (i8x16.sub (local.get $bytes) (local.get $firsts))
              (v128.const i8x16 26 26 26 26 26 26 26 26 26 26 26 26 26 26 26 26))
            (v128.const i8x16 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next)))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $n)))
      (local.set $byte (i32.load8_u (i32.add (local.get $source) (local.get $at))))
      (i32.store8
        (i32.add (local.get $target) (local.get $at))
        (i32.xor
          (local.get $byte)
          (i32.shl
            (i32.lt_u (i32.sub (local.get $byte) (local.get $first)) (i32.const 26))
            (i32.const 5))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next))))
