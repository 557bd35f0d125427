"""gdb printers for Joist: terms, processes, stacks. Use with a build that has types: the debug preset.

    (gdb) source tools/gdb_joist.py
    (gdb) print some_term              a Term prints as Erlang writes it, cut at depth and length
    (gdb) jterm 0x7fff...              the term of a raw word
    (gdb) jproc PROCESS                a Process*: pid, state, x registers, message count
    (gdb) jatom 12                     text of an atom by its index

Reads memory only, so it works on core files too. Layouts: vm/term/term.h, vm/term/boxed.h.
"""
import struct

import gdb

MAX_DEPTH = 6
MAX_ITEMS = 40
TUPLE, FLAT_MAP, MAP_ROOT, MAP_NODE, FUN, EXPORT_FUN, FLOAT, BIGNUM, REF, MAGIC_REF = range(1, 11)
EXTERNAL_PID, EXTERNAL_PORT, EXTERNAL_REF, HEAP_BITS, REFC_BITS, SUB_BITS, MATCH_CONTEXT = range(11, 18)
ATOM, NIL, PID, PORT, CATCH = range(5)
CHUNK_BITS = 12
PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@")


def memory(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def words(address, count=1):
    return struct.unpack(f"<{count}Q", memory(address, 8 * count))


def atom_text(index):
    """Text of the atom, read from the table of vm/term/atom.cpp."""
    try:
        table = gdb.parse_and_eval("'atom.cpp'::joist::(anonymous namespace)::table")
    except gdb.error:
        block = gdb.lookup_static_symbols("joist::(anonymous namespace)::table")
        table = next(symbol.value() for symbol in block if symbol.symtab.filename.endswith("vm/term/atom.cpp"))
    chunk = table["chunks"][index >> CHUNK_BITS]["_M_b"]["_M_p"]
    entry = chunk[index & ((1 << CHUNK_BITS) - 1)]
    return memory(int(entry["text"]), int(entry["bytes"])).decode("utf-8", "replace")


def atom(index):
    try:
        text = atom_text(index)
    except (gdb.error, gdb.MemoryError, StopIteration):
        return f"atom#{index}"
    quoted = not text or not set(text) <= PLAIN or not text[0].islower()
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" if quoted else text


def term(raw, depth=MAX_DEPTH):
    """The term of a raw word, as text."""
    try:
        return term_of(raw, depth)
    except gdb.MemoryError:
        return f"<unreadable {raw:#x}>"


def term_of(raw, depth):
    tag = raw & 7
    if raw == 0:
        return "THE_NON_VALUE"
    if tag == 7:
        return str((raw >> 3) - (1 << 61 if raw >> 63 else 0))
    if tag in (3, 4):
        bits = (raw >> 4) | ((raw << 60) & (1 << 64) - 1)
        return repr(struct.unpack("<d", struct.pack("<Q", bits))[0])
    if tag == 5:
        return immediate(raw)
    if tag == 1:
        return "[...]" if depth == 0 else list_text(raw, depth)
    if tag == 2:
        return boxed(raw - 2, depth)
    return f"<header or register {raw:#x}>"


def immediate(raw):
    kind, payload = (raw >> 3) & 7, raw >> 6
    if kind == ATOM:
        return atom(payload & 0xFFFFFFFF)
    if kind == NIL:
        return "[]"
    if kind == PID:
        return f"<0.{payload & 0xFFFFFFF}.{payload >> 28}>"
    return f"#Port<0.{payload}>" if kind == PORT else f"<catch {payload:#x}>"


def list_text(raw, depth):
    items, codes, improper = [], [], ""
    while raw & 7 == 1 and len(items) < MAX_ITEMS:
        head, raw = words(raw - 1, 2)
        items.append(term(head, depth - 1))
        codes.append(head >> 3 if head & 7 == 7 else -1)
    if raw & 7 == 1:
        improper = ",..."
    elif immediate_is_not_nil(raw):
        improper = "|" + term(raw, depth - 1)
    if not improper and all(32 <= code < 127 for code in codes):
        return '"' + "".join(map(chr, codes)).replace('"', '\\"') + '"'
    return "[" + ",".join(items) + improper + "]"


def immediate_is_not_nil(raw):
    return not (raw & 7 == 5 and (raw >> 3) & 7 == NIL)


def several(raws, depth):
    texts = [term(raw, depth - 1) for raw in raws[:MAX_ITEMS]]
    return ",".join(texts + (["..."] if len(raws) > MAX_ITEMS else []))


def boxed(address, depth):
    header, = words(address)
    kind, size, aux = (header >> 3) & 31, (header >> 8) & ((1 << 40) - 1), header >> 48
    if header & 7:
        return f"<moved or broken object at {address:#x}>"
    if depth == 0 and kind in (TUPLE, FLAT_MAP, MAP_ROOT, MAP_NODE):
        return "{...}" if kind == TUPLE else "#{...}"
    if kind == TUPLE:
        return "{" + several(words(address + 8, min(size, MAX_ITEMS + 1)), depth) + "}"
    if kind == FLAT_MAP:
        keys, *values = words(address + 8, size)
        pairs = zip(words(keys - 2 + 8, len(values)), values) if values else ()
        return "#{" + ",".join(f"{term(k, depth - 1)}=>{term(v, depth - 1)}" for k, v in pairs) + "}"
    if kind == MAP_ROOT:
        return f"<map of {term(words(address + 8)[0])}>"
    if kind == FLOAT:
        return repr(struct.unpack("<d", memory(address + 8, 8))[0])
    if kind == BIGNUM:
        value = sum(limb << (64 * i) for i, limb in enumerate(words(address + 8, min(size, 64))))
        return ("-" if aux else "") + str(value) + ("..." if size > 64 else "")
    if kind == REF:
        low, high = words(address + 8, 2)
        return f"#Ref<0.{high & 0xFFFFFFFF}.{low >> 32}.{low & 0xFFFFFFFF}>"
    if kind == HEAP_BITS:
        bits, = words(address + 8)
        return bits_text(memory(address + 16, min((bits + 7) // 8, 100)), 0, bits)
    if kind == REFC_BITS:
        _, _, data, bits = words(address + 8, 4)
        return bits_text(memory(data, min((bits + 7) // 8, 100)), 0, bits)
    if kind == SUB_BITS:
        offset, bits, base = words(address + 8, 3)
        base_kind = (words(base - 2)[0] >> 3) & 31
        data = base - 2 + 16 if base_kind == HEAP_BITS else words(base - 2 + 24)[0]
        return bits_text(memory(data + offset // 8, min((offset % 8 + bits + 7) // 8, 101)), offset % 8, bits)
    names = {FUN: "#Fun", EXPORT_FUN: "fun M:F/A", MAGIC_REF: "#Ref<magic>", EXTERNAL_PID: "<external pid>", MAP_NODE: "<map node>",
             EXTERNAL_PORT: "<external port>", EXTERNAL_REF: "<external ref>", MATCH_CONTEXT: "<match context>"}
    return f"{names.get(kind, f'<kind {kind}>')}@{address:#x}"


def bits_text(data, shift, bits):
    number = int.from_bytes(data, "big") if data else 0
    shown = min(bits, len(data) * 8 - shift)
    number = (number >> (len(data) * 8 - shift - shown)) & ((1 << shown) - 1) if shown > 0 else 0
    whole, rest = shown // 8, shown % 8
    octets = list((number >> rest).to_bytes(whole, "big")) if whole else []
    if octets and not rest and all(32 <= octet < 127 for octet in octets):
        inside = '"' + "".join(map(chr, octets)) + '"'
    else:
        inside = ",".join([str(octet) for octet in octets] + ([f"{number & ((1 << rest) - 1)}:{rest}"] if rest else []))
    return "<<" + inside + (",..." if shown < bits else "") + ">>"


class TermPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return term(int(self.value["bits_"]) & ((1 << 64) - 1))


def lookup(value):
    return TermPrinter(value) if value.type.strip_typedefs().tag == "joist::Term" else None


class TermCommand(gdb.Command):
    """jterm WORD: the term of a raw word."""

    def __init__(self):
        super().__init__("jterm", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        print(term(int(gdb.parse_and_eval(argument)) & ((1 << 64) - 1)))


class AtomCommand(gdb.Command):
    """jatom INDEX: the text of an atom."""

    def __init__(self):
        super().__init__("jatom", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        print(atom(int(gdb.parse_and_eval(argument))))


class ProcessCommand(gdb.Command):
    """jproc PROCESS: pid, state word, saved x registers and identity of a joist::Process*."""

    def __init__(self):
        super().__init__("jproc", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        process = gdb.parse_and_eval(f"*(joist::Process*)({argument})")
        print("pid", process["pid"], " state", hex(int(process["state"]["_M_i"])), " reductions", int(process["reductions"]))
        print("began as", f"{process['initial_module']}:{process['initial_function']}/{int(process['initial_arity'])}",
              " parent", process["parent"], " group leader", process["group_leader"])
        print("pc", process["pc"])
        for index in range(int(process["saved_live"])):
            print(f"x{index}", (process["saved_x"] + index).dereference())


gdb.pretty_printers.append(lookup)
TermCommand()
AtomCommand()
ProcessCommand()
