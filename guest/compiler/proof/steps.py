"""From the text of one function to steps that `walk` can follow: what each instruction uses, makes, calls and where it goes.

What is settled here needs no path: every instruction is known, every value is taken from the operand stack at once, an
allocation in place tests the limit, the frame in the shadow stack begins where it must.
"""

from __future__ import annotations

from guest.compiler import types as t
from guest.compiler.proof.declared import Declared
from guest.compiler.proof.graph import Graph, offset_of, touches
from guest.compiler.proof.shapes import FRAME, SHADOW_TOP, STORES, LocalFacts, Shape
from guest.compiler.proof.sizes import size_agrees
from guest.compiler.proof.stores import SLOT_SIZE, Code, Step, Stores
from guest.compiler.proof.text import Line, Node, TextFunction

SLOW_PATH = "heap.allocate.allocate_slow"
ALLOCATE_ARRAY = "heap.allocate.allocate_array"


class Translator(Stores):
    """Makes the steps of one function; `faults` is what is wrong already."""

    def __init__(
        self,
        function: TextFunction,
        declared: Declared,
        graph: Graph,
        functions: dict[str, TextFunction],
    ) -> None:
        super().__init__(function, declared)
        self.graph = graph
        self.functions = functions
        self.guard: int | None = None
        """The address above which the function refuses to begin a frame, if it looks."""
        self.traced = sum(f.bit for f in self.locals.values() if f.traced or f.shape.kind == "span")
        self.watched = 0
        self._blocks: list[tuple[str, str, int]] = []
        self._count = 0
        self._called = False
        self._allocations: dict[int, tuple[str, int]] = {}
        self._slow_calls: set[int] = set()

    # Statements.
    def run(self) -> list[Step]:
        """Translate the whole body."""
        body = self.function.body
        index = 0
        while index < len(body):
            node, place = body[index]
            if place:
                self.place = place
            self.uses = 0
            index = self._statement(node, body, index)
        self.settle()
        if self._blocks:
            self.fault("a block does not end")
        return self._finish()

    def _finish(self) -> list[Step]:
        """Forget the locals that never hold an address: nothing can be wrong with them."""
        watched = self.traced
        sets = [s for s in self.steps if s is not None and s.code == Code.SET and s.carried]
        growing = True
        while growing:
            growing = False
            for step in sets:
                if step.carried & watched and not step.bits & watched and not self._is_view(step.bits):
                    watched |= step.bits
                    growing = True
        self.watched = watched
        steps = []
        for maybe in self.steps:
            if maybe is None:
                continue
            uses, bits = maybe.uses & watched, maybe.bits & watched
            if not uses and not bits and maybe.code in (Code.USE, Code.SET):
                continue
            steps.append(maybe._replace(uses=uses, bits=bits))
        return steps

    def _is_view(self, bit: int) -> bool:
        return self.locals[self.names[bit.bit_length() - 1]].shape.kind == "view"

    def _statement(self, node: Node, body: list[Line], index: int) -> int:
        """Translate the statement at an index: the index of the next one."""
        op = node.op
        if op == "local.set":
            return self._set(node, body, index)
        if op in STORES:
            self.store(node, body, index)
        elif op == "end" or op == "else":
            self.settle()
            self._end(op)
            if index in self._allocations:
                self.begin_object(*self._allocations[index])
        elif op == "call":
            return self._call(node, body, index, None)
        elif op == "br_if":
            self.settle()
            self.look(node.operands[0])
            self.emit(Code.BRANCH_IF, self.uses, targets=(self._label(node.immediate),))
        elif op == "br":
            self.settle()
            self.emit(Code.BRANCH, targets=(self._label(node.immediate),))
        elif op in ("block", "loop"):
            self.settle()
            self._open(op, node.immediate)
        elif op == "if":
            self.settle()
            if node.operands:
                self._overflow_guard(node)
            else:
                self.fault("an if without a condition before it")
                self._open("if", "")
        elif op == "return":
            self.settle()
            for operand in node.operands:
                self.look(operand)
            self.emit(Code.RETURN, self.uses)
        elif op == "unreachable":
            self.settle()
            self.emit(Code.TRAP)
        elif op == "throw":
            self.settle()
            self.emit(Code.THROW, targets=self._catcher())
        elif op == "memory.copy":
            self.copy(node)
        elif op == "memory.fill":
            for operand in node.operands:
                self.look(operand)
            self.raw(op)
            self.emit(Code.USE, self.uses)
        elif op == "try_table":
            self.settle()
            clause = node.operands[0].immediate.split()
            self._blocks.append(("try", "", self._label(clause[1])))
        else:
            return self._condition(node, body, index)
        return index + 1

    def _condition(self, node: Node, body: list[Line], index: int) -> int:
        """An expression by itself: what follows takes it from the operand stack, at once."""
        self.barrier(body, index)
        self.settle()
        self.look(node)
        self.emit(Code.USE, self.uses)
        after = body[index + 1].node if index + 1 < len(body) else Node("end", "", ())
        if after.op == "if" and not after.operands:
            self._open("if", "")
        elif after.op == "br_table":
            labels = after.immediate.split()
            self.emit(Code.BRANCH, targets=tuple(self._label(label) for label in labels))
        elif index + 1 == len(body):
            self.emit(Code.RETURN)
        else:
            self.fault(f"the result of {node.op} stays on the operand stack")
            return index + 1
        return index + 2

    # Control.
    def _open(self, kind: str, label: str) -> None:
        self._count += 1
        self._blocks.append((kind, label, self._count))
        self.emit({"block": Code.BLOCK, "loop": Code.LOOP, "if": Code.IF}[kind], number=self._count)

    def _end(self, op: str) -> None:
        if not self._blocks:
            self.fault("an end without a block")
            return
        kind, _, number = self._blocks[-1]
        if op == "else":
            self.emit(Code.ELSE, number=number)
            return
        self._blocks.pop()
        if kind != "try":
            code = {"block": Code.END_BLOCK, "loop": Code.END_LOOP, "if": Code.END_IF}[kind]
            self.emit(code, number=number)

    def _label(self, label: str) -> int:
        for _, name, number in reversed(self._blocks):
            if name == label:
                return number
        self.fault(f"no block has the label {label}")
        return 0

    def _catcher(self) -> tuple[int, ...]:
        """The block that catches what is thrown here."""
        for kind, _, number in reversed(self._blocks):
            if kind == "try":
                return (number,)
        return ()

    def _overflow_guard(self, node: Node) -> None:
        """`if shadow > limit: trap`, at the beginning of a function that may call itself."""
        condition = node.operands[0]
        then = node.operands[1] if len(node.operands) > 1 else node
        is_guard = (
            condition.op == "i32.gt_u"
            and condition.operands[0] == Node("local.get", f"${self.frame}", ())
            and condition.operands[1].op == "i32.const"
            and then.op == "then"
            and then.immediate == "unreachable"
            and not self._called
        )
        if is_guard:
            self.guard = int(condition.operands[1].immediate)
        else:
            self.fault("a folded if that is no check of the shadow stack")

    # Assignments and calls.
    def _set(self, node: Node, body: list[Line], index: int) -> int:
        name = node.immediate[1:]
        target = self.locals[name]
        if not node.operands:
            self.fault(f"{name} is set from the operand stack")
            return index + 1
        value = node.operands[0]
        if value.op == "call":
            return self._call(value, body, index, name)
        self.overwritten(name)
        if value.op == "memory.grow":
            self.raw(value.op)
            value = value.operands[0]
        shape = self.look(value)
        if name == self.frame:
            self.fault("the frame's address in the shadow stack is overwritten")
        if target.kind is None and self._frame_begins(name, shape):
            return index + 1
        if value.op.endswith(".load") and value.operands[0] == Node("local.get", f"${self.frame}", ()):
            self._reload(name, value)
            return index + 1
        if self.bump and value.op == "i32.load" and touches(value, self.bump):
            self._allocation(name, body, index)
        self._check_class(target, shape, name)
        self.emit(Code.SET, self.uses, target.bit, carried=self.carried, flag=value.op == "local.get")
        return index + 1

    def _frame_begins(self, name: str, shape: Shape) -> bool:
        """Whether this is the address of the function's slots in the shadow stack, taken on entry."""
        is_top = shape == SHADOW_TOP
        is_base = shape.kind == "const" and shape.worth == self.declared.shadow.start
        if not is_top and not is_base:
            return False
        if self._called or self._blocks or self.frame:
            self.fault("the frame's address in the shadow stack is taken elsewhere than on entry")
        elif is_base != (self.function.export is not None):
            self.fault(
                "an exported function's slots begin at the stack's base"
                if is_top
                else "only an exported function's slots begin at the shadow stack's base"
            )
        self.frame = name
        facts = self.locals[name]
        self.locals[name] = facts._replace(shape=FRAME)
        return True

    def _reload(self, name: str, value: Node) -> None:
        slot, rest = divmod(offset_of(value.immediate), SLOT_SIZE)
        target = self.locals[name]
        if rest or not target.traced or value.op != f"{t.wasm_type(target.kind or t.U32)}.load":
            self.fault(f"{name} is reloaded with {value.op} from byte {slot * SLOT_SIZE + rest} of the frame")
        self.emit(Code.RELOAD, 0, target.bit, slot)

    def _check_class(self, target: LocalFacts, shape: Shape, name: str) -> None:
        if target.shape.kind != "pointer" or shape.kind != "pointer":
            return
        if shape.target not in ("", "Object", target.shape.target) and target.shape.target not in (
            "Object",
            "",
        ):
            self.fault(f"{name} is a {target.shape.target} and is given a {shape.target}")

    def _call(self, node: Node, body: list[Line], index: int, result: str | None) -> int:
        callee = node.immediate[1:]
        function = self.functions.get(callee)
        if function is None:
            self.fault(f"a call of {callee}, which does not exist")
            return index + 1
        self.settle()
        for operand in node.operands:
            self.look(operand)
        results = [result] if result is not None else []
        after = index + 1
        while len(results) < function.results and after < len(body):
            flat = body[after].node
            if flat.op != "local.set" or flat.operands:
                break
            results.append(flat.immediate[1:])
            after += 1
        if len(results) != function.results:
            self.fault(f"{callee} has {function.results} results, {len(results)} are taken")
        if callee == SLOW_PATH and index not in self._slow_calls and not self.in_heap():
            self.fault("the allocator's slow path is called without the limit test")
        if callee == ALLOCATE_ARRAY and result is not None:
            self._check_array(node, self.locals[result], result)
        bits = 0
        for name in results:
            bits |= self.locals[name].bit
        if function.export:
            self.fault(f"{callee} is exported: its slots would overwrite those of its caller")
        collects = callee in self.graph.collecting
        self.emit(Code.CALL, self.uses, bits, targets=self._catcher(), flag=collects)
        self._called = True
        return after

    def _check_array(self, node: Node, target: LocalFacts, name: str) -> None:
        """That an array's class and size are those of the pointer that it becomes."""
        number, count, size = node.operands
        facts = self.declared.classes.get(target.shape.target)
        if facts is None or facts.element is None:
            self.fault(f"{name} cannot be an object with trailing elements")
            return
        if number.op != "i32.const" or int(number.immediate) != facts.number:
            self.fault(f"{name} is a {facts.name}, number {facts.number}, and is made as another class")
        if not size_agrees(facts, count, size):
            self.fault(f"the size of {name} is not that of a {facts.name} with so many elements")

    # Allocation in place.
    def _allocation(self, name: str, body: list[Line], index: int) -> None:
        """Recognise `x = bump; if x + size > limit: x = slow path else bump = x + size`; other reads of bump are the heap's."""
        target = self.locals[name]
        if target.shape.kind != "pointer":
            if not self.in_heap():
                self.fault("the bump pointer is read elsewhere than by an allocation")
            return
        size = self._allocation_size(name, body, index)
        calls, other = self._allocation_arms(body, index + 4)
        slow = Node("call", f"${SLOW_PATH}", (Node("i32.const", str(size), ()),))
        bumped = body[index + 1].node.immediate
        bump = Node(
            "i32.store", f"offset={self.bump}", (Node("i32.const", "0", ()), Node("local.get", bumped, ()))
        )
        if (
            size is None
            or len(calls) != 1
            or body[calls[0]].node != Node("local.set", f"${name}", (slow,))
            or [line.node.op for line in body[other : other + 3]] != ["else", "i32.store", "end"]
            or body[other + 1].node != bump
        ):
            self.fault(f"{name} is allocated without the limit test, or with two sizes")
            return
        self._slow_calls.add(calls[0])
        self.bump_stores.add(other + 1)
        self._allocations[other + 2] = (name, size)

    def _allocation_size(self, name: str, body: list[Line], index: int) -> int | None:
        """The constant that is added to the bump pointer, if the sum is then compared with the limit."""
        if index + 3 >= len(body):
            return None
        bumped, test, branch = (body[index + i].node for i in (1, 2, 3))
        added = bumped.operands[0] if bumped.op == "local.set" and bumped.operands else None
        if added is None or added.op != "i32.add" or added.operands[1].op != "i32.const":
            return None
        limit = Node("i32.load", f"offset={self.limit}", (Node("i32.const", "0", ()),))
        wanted = Node("i32.gt_u", "", (Node("local.get", bumped.immediate, ()), limit))
        if added.operands[0] != Node("local.get", f"${name}", ()) or test != wanted or branch.op != "if":
            return None
        return int(added.operands[1].immediate)

    def _allocation_arms(self, body: list[Line], index: int) -> tuple[list[int], int]:
        """Where the calls in the first arm are, and where it ends: at the first instruction of control."""
        calls = []
        while index < len(body):
            node = body[index].node
            if node.op == "call" or (node.operands and node.operands[0].op == "call"):
                calls.append(index)
            elif node.op != "local.set" and node.op not in STORES:
                break
            index += 1
        return calls, index
