;; A guest that follows the ABI of guest/boundary.py without interpreting anything, for tests of the host.
;; The first byte of an event's "do" says what happens:
;;   e  echo: the decision is the event itself       f  an error of kind `fuel`
;;   l  loop for ever, deaf to the interrupt word    p  loop until the interrupt word is set, then a `deadline` error
;;   t  trap                                         m  grow the memory by 64 pages, then echo
;;   s  scribble over all of the memory, then trap   x  scribble over the whole control block, then loop
;;   o  answer with an output far outside the memory c  count for ever in the event counter
;;   a  ask the host, and ask again whatever it says
;; Variables (as in misbehaving.py): 64 remaining, 72 interrupt, 80 event_fuel, 88 event_counter, 92 memory_limit,
;; 96 input_address, 100 input_capacity, 104 output_address, 108 output_length, 112 records_address, 116 consumed,
;; 120 events_done, 124 print_address, 128 print_length.
(module
  (import "ringfence" "memory" (memory 1))

  (func (export "boot")
    (i32.store (i32.const 96) (i32.const 65536))
    (i32.store (i32.const 100) (i32.const 262144))
    (i32.store (i32.const 104) (i32.const 524288))
    (i32.store (i32.const 112) (i32.const 4096)))

  (func (export "reserve") (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.mul (memory.size) (i32.const 65536)))
    (if (i32.eq (i32.const -1) (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))
      (then (return (i32.const 0))))
    (i32.store (i32.const 96) (local.get $at))
    (i32.store (i32.const 100) (local.get $size))
    (local.get $at))

  (data $rules "{\"rules\": [{\"name\": \"echo\"}], \"decide\": false}")
  (func (export "load") (param $size i32) (result i32)
    (memory.init $rules (i32.load (i32.const 104)) (i32.const 0) (i32.const 46))
    (i32.store (i32.const 108) (i32.const 46))
    (i32.const 0))

  ;; Append `length` bytes at `from` to the output.
  (func $emit (param $from i32) (param $length i32)
    (memory.copy
      (i32.add (i32.load (i32.const 104)) (i32.load (i32.const 108))) (local.get $from) (local.get $length))
    (i32.store (i32.const 108) (i32.add (i32.load (i32.const 108)) (local.get $length))))

  (data $texts "{\"decision\": , \"rule\": \"echo\", \"fuel\": 7}{\"error\": {\"kind\": \"fuel\", \"message\": \"spent\", \"rule\": null, \"traceback\": []}, \"fuel\": 9}")
  (func $say (param $from i32) (param $length i32)
    (local $at i32)
    (local.set $at (i32.add (i32.load (i32.const 104)) (i32.load (i32.const 108))))
    (memory.init $texts (local.get $at) (local.get $from) (local.get $length))
    (i32.store (i32.const 108) (i32.add (i32.load (i32.const 108)) (local.get $length))))

  (func $record (param $status i32) (param $rule i32) (param $fuel i64) (param $offset i32) (param $length i32)
    (local $at i32)
    (local.set $at
      (i32.add (i32.load (i32.const 112)) (i32.mul (i32.load (i32.const 120)) (i32.const 24))))
    (i32.store (local.get $at) (local.get $status))
    (i32.store offset=4 (local.get $at) (local.get $rule))
    (i64.store offset=8 (local.get $at) (local.get $fuel))
    (i32.store offset=16 (local.get $at) (local.get $offset))
    (i32.store offset=20 (local.get $at) (local.get $length))
    (i32.store (i32.const 120) (i32.add (i32.load (i32.const 120)) (i32.const 1))))

  (func $fill (param $from i32) (param $to i32) (param $seed i32)
    (loop $next
      (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store (local.get $from) (local.get $seed))
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $to)))))

  (func $one (param $at i32) (param $size i32)
    (local $what i32) (local $start i32)
    (i32.store (i32.const 88) (i32.add (i32.load (i32.const 88)) (i32.const 1)))
    (i32.store (i32.const 72) (i32.const 0))
    (i64.store (i32.const 64) (i64.load (i32.const 80)))
    ;; {"do":"X...
    (local.set $what (i32.load8_u offset=7 (local.get $at)))
    (if (i32.eq (local.get $what) (i32.const 0x74)) (then unreachable))
    (if (i32.eq (local.get $what) (i32.const 0x6c)) (then (loop $l (br $l))))
    (if (i32.eq (local.get $what) (i32.const 0x73))
      (then (call $fill (i32.const 0) (i32.mul (memory.size) (i32.const 65536)) (local.get $size)) unreachable))
    (if (i32.eq (local.get $what) (i32.const 0x78))
      (then (call $fill (i32.const 64) (i32.const 4096) (local.get $size)) (loop $l (br $l))))
    (if (i32.eq (local.get $what) (i32.const 0x63))
      (then (loop $l (i32.store (i32.const 88) (i32.add (i32.load (i32.const 88)) (i32.const 1))) (br $l))))
    (if (i32.eq (local.get $what) (i32.const 0x6f))
      (then (i32.store (i32.const 104) (i32.const 0xfffffff0)) (i32.store (i32.const 108) (i32.const 64))
        (call $record (i32.const 0) (i32.const 0) (i64.const 7) (i32.const 0) (i32.const 64)) return))
    (if (i32.eq (local.get $what) (i32.const 0x61)) (then (drop (call $ask)) return))
    (if (i32.eq (local.get $what) (i32.const 0x6d)) (then (drop (memory.grow (i32.const 160)))))
    (local.set $start (i32.load (i32.const 108)))
    (if (i32.or (i32.eq (local.get $what) (i32.const 0x66)) (i32.eq (local.get $what) (i32.const 0x70)))
      (then
        (if (i32.eq (local.get $what) (i32.const 0x70))
          (then (loop $l (br_if $l (i32.eqz (i32.load (i32.const 72)))))))
        (call $say (i32.const 41) (i32.const 89))
        ;; "fuel" becomes the kind 4, deadline, in the record
        (call $record
          (select (i32.const 2) (i32.const 4) (i32.eq (local.get $what) (i32.const 0x66)))
          (i32.const -1) (i64.const 9) (i32.add (local.get $start) (i32.const 10)) (i32.const 67))
        return))
    (call $say (i32.const 0) (i32.const 13))
    (call $emit (local.get $at) (local.get $size))
    (call $say (i32.const 13) (i32.const 28))
    (call $record (i32.const 0) (i32.const 0) (i64.const 7) (i32.add (local.get $start) (i32.const 13)) (local.get $size)))

  (data $request "{\"function\": 0, \"arguments\": []}")
  (func $ask (result i32)
    (i32.store (i32.const 108) (i32.const 32))
    (i32.store (i32.const 120) (i32.const 0))
    (memory.init $request (i32.load (i32.const 104)) (i32.const 0) (i32.const 32))
    (call $record (i32.const 7) (i32.const 0) (i64.const 7) (i32.const 0) (i32.const 32))
    (i32.const 4))
  (func (export "begin") (param i32) (result i32) (call $ask))
  (func (export "resume") (result i32) (call $ask))
  (func (export "answer") (param i32) (result i32) (call $ask))
  ;; Whoever is refused says that the event is over, and leaves a request in the record.
  (func (export "refuse") (param i32) (result i32) (drop (call $ask)) (i32.const 0))
  (func (export "give_up") (param i32) (result i32) (call $ask))

  (func (export "evaluate") (param $size i32) (result i32)
    (i32.store (i32.const 108) (i32.const 0))
    (i32.store (i32.const 120) (i32.const 0))
    (call $one (i32.load (i32.const 96)) (local.get $size))
    (i32.const 0))

  (func (export "batch") (param $size i32) (result i32)
    (local $at i32) (local $end i32) (local $line i32)
    (i32.store (i32.const 108) (i32.const 0))
    (i32.store (i32.const 116) (i32.const 0))
    (i32.store (i32.const 120) (i32.const 0))
    (local.set $at (i32.load (i32.const 96)))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $line (local.get $at))
        (loop $scan
          (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 10))
            (then (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $scan))))
        (if (i32.gt_u (i32.sub (local.get $at) (local.get $line)) (i32.const 1))
          (then
            (call $one (local.get $line) (i32.sub (local.get $at) (local.get $line)))
            (i32.store8 (i32.add (i32.load (i32.const 104)) (i32.load (i32.const 108))) (i32.const 10))
            (i32.store (i32.const 108) (i32.add (i32.load (i32.const 108)) (i32.const 1)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (i32.store (i32.const 116) (i32.sub (local.get $at) (i32.load (i32.const 96))))
        ;; 64 KiB of output are enough for one call
        (if (i32.gt_u (i32.load (i32.const 108)) (i32.const 65536))
          (then (return (select (i32.const 3) (i32.const 0) (i32.lt_u (local.get $at) (local.get $end))))))
        (br $next)))
    (i32.const 0)))
