"""Four programs that only compute, in three languages; the Python text is Starlark too.

`fib` makes calls, `loop` does arithmetic, `words` works with strings and a dict, `ring` allocates cyclic garbage.
"""

from __future__ import annotations

from .workload import words_text

PYTHON = """
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def loop(steps):
    total = 0
    for i in range(steps):
        total = total + i * i % 7
    return total

def words(text):
    counts = {}
    for turn in range(50):
        suffix = "a" if turn % 2 == 0 else "b"
        for word in text.split(" "):
            key = word + suffix
            counts[key] = counts.get(key, 0) + 1
    total = 0
    for key in counts:
        total += len(key) * counts[key]
    return total

def ring(size):
    total = 0
    for turn in range(200):
        first = {"value": 0}
        last = first
        for i in range(1, size):
            node = {"value": i, "previous": last}
            last["next"] = node
            last = node
        last["next"] = first
        first["previous"] = last
        total += first["previous"]["value"]
    return total
"""

JAVASCRIPT = """
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

function loop(steps) {
  let total = 0;
  for (let i = 0; i < steps; i++) total = total + i * i % 7;
  return total;
}

function words(text) {
  const counts = new Map();
  for (let turn = 0; turn < 50; turn++) {
    const suffix = turn % 2 === 0 ? "a" : "b";
    for (const word of text.split(" ")) {
      const key = word + suffix;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  let total = 0;
  for (const [key, count] of counts) total += key.length * count;
  return total;
}

function ring(size) {
  let total = 0;
  for (let turn = 0; turn < 200; turn++) {
    const first = {value: 0};
    let last = first;
    for (let i = 1; i < size; i++) {
      const node = {value: i, previous: last};
      last.next = node;
      last = node;
    }
    last.next = first;
    first.previous = last;
    total += first.previous.value;
  }
  return total;
}
"""

LUA = """
function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

function loop(steps)
  local total = 0
  for i = 0, steps - 1 do total = total + i * i % 7 end
  return total
end

function words(text)
  local counts = {}
  for turn = 0, 49 do
    local suffix = turn % 2 == 0 and "a" or "b"
    for word in string.gmatch(text, "[^ ]+") do
      local key = word .. suffix
      counts[key] = (counts[key] or 0) + 1
    end
  end
  local total = 0
  for key, count in pairs(counts) do total = total + #key * count end
  return total
end

function ring(size)
  local total = 0
  for turn = 1, 200 do
    local first = {value = 0}
    local last = first
    for i = 1, size - 1 do
      local node = {value = i, previous = last}
      last.next = node
      last = node
    end
    last.next = first
    first.previous = last
    total = total + first.previous.value
  end
  return total
end
"""

CALLS: dict[str, tuple[str, int | str]] = {
    "fib24": ("fib", 24),
    "loop1e6": ("loop", 1_000_000),
    "words": ("words", words_text()),
    "ring": ("ring", 1_000),
}
"""The name of a measurement: the function that it calls, and the argument."""
