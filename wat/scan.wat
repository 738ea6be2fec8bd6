;; Scanning bytes sixteen at a time.
;;
;; Each kernel takes the address of a text and a range of offsets in it that its caller has checked, and loads nothing
;; outside that range: the last bytes, fewer than sixteen, are looked at one by one.

;; The first offset in start..end whose byte ends a run of plain JSON string characters: a quote, a backslash, a control
;; character, or part of a character beyond ASCII. `end` if there is none.
(func $find_special (param $text i32) (param $start i32) (param $end i32) (result i32)
  (local $at i32) (local $limit i32) (local $bytes v128) (local $mask i32) (local $byte i32)
  (local.set $at (i32.add (local.get $text) (local.get $start)))
  (local.set $limit (i32.add (local.get $text) (local.get $end)))
  (block $tail
    (loop $vectors
      (br_if $tail (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $limit)))
      (local.set $bytes (v128.load (local.get $at)))
      ;; As signed bytes, controls and bytes beyond ASCII are both less than 0x20.
      (local.set $mask
        (i8x16.bitmask
          (v128.or
            (i8x16.lt_s (local.get $bytes) (v128.const i8x16 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32))
            (v128.or
              (i8x16.eq (local.get $bytes) (v128.const i8x16 34 34 34 34 34 34 34 34 34 34 34 34 34 34 34 34))
              (i8x16.eq (local.get $bytes) (v128.const i8x16 92 92 92 92 92 92 92 92 92 92 92 92 92 92 92 92))))))
      (if (local.get $mask)
        (then
          (return (i32.sub (i32.add (local.get $at) (i32.ctz (local.get $mask))) (local.get $text)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $vectors)))
  (block $found
    (loop $bytes_left
      (br_if $found (i32.ge_u (local.get $at) (local.get $limit)))
      (local.set $byte (i32.load8_s (local.get $at)))
      (br_if $found (i32.lt_s (local.get $byte) (i32.const 32)))
      (br_if $found (i32.eq (local.get $byte) (i32.const 34)))
      (br_if $found (i32.eq (local.get $byte) (i32.const 92)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $bytes_left)))
  (i32.sub (local.get $at) (local.get $text)))
