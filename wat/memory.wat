;; The memory module: the linear memory that the code module imports, and nothing else.
;; An image is this module with the memory's contents as data. guest/heap/layout.py has the map of the memory, and
;; its INITIAL_PAGES is the size below.
(module $ringfence
  (memory (export "memory") 33))
