;; The 128-bit product of two 64-bit words, from four products of their halves.
;;
;;                 a1 a0
;;              x  b1 b0
;;        a1*b1    a0*b0
;;           a1*b0 + a0*b1  shifted by 32
(func $mul_wide (param $a i64) (param $b i64) (result i64 i64)
  (local $a1 i64) (local $b1 i64) (local $low i64) (local $cross i64) (local $middle i64)
  (local.set $a1 (i64.shr_u (local.get $a) (i64.const 32)))
  (local.set $b1 (i64.shr_u (local.get $b) (i64.const 32)))
  (local.set $low
    (i64.mul (i64.and (local.get $a) (i64.const 0xFFFFFFFF)) (i64.and (local.get $b) (i64.const 0xFFFFFFFF))))
  ;; a1*b0 plus the carry out of the low product: at most 2**64 - 2**32, so it does not overflow.
  (local.set $cross
    (i64.add
      (i64.mul (local.get $a1) (i64.and (local.get $b) (i64.const 0xFFFFFFFF)))
      (i64.shr_u (local.get $low) (i64.const 32))))
  (local.set $middle
    (i64.add
      (i64.mul (i64.and (local.get $a) (i64.const 0xFFFFFFFF)) (local.get $b1))
      (i64.and (local.get $cross) (i64.const 0xFFFFFFFF))))
  (i64.mul (local.get $a) (local.get $b))
  (i64.add
    (i64.add (i64.mul (local.get $a1) (local.get $b1)) (i64.shr_u (local.get $cross) (i64.const 32)))
    (i64.shr_u (local.get $middle) (i64.const 32))))
