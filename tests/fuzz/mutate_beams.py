"""Damaged .beam files, made from real modules in a repeatable way.

Kinds of damage: cut off anywhere, bits flipped, bytes set to edge values, a block repeated or removed, a chunk's name or
size changed, a chunk emptied, lost or doubled, an operand of the code changed, a literal table whose length lies.
"""
import pathlib
import random
import struct
import zlib

LIBRARIES = pathlib.Path("/usr/lib/erlang/lib")
MODULES = ["stdlib/lists", "stdlib/maps", "stdlib/gen_server", "stdlib/proplists", "stdlib/base64", "stdlib/rand",
           "stdlib/erl_scan", "stdlib/queue", "stdlib/erl_bits", "kernel/code", "kernel/error_handler", "kernel/os",
           "compiler/beam_dict", "compiler/beam_opcodes", "stdlib/io_lib_format", "stdlib/uri_string"]


def read_modules():
    """(name, bytes without IFF compression) of each module of MODULES."""
    for entry in MODULES:
        library, module = entry.split("/")
        for path in sorted(LIBRARIES.glob(f"{library}-*/ebin/{module}.beam")):
            data = path.read_bytes()
            yield module, zlib.decompress(data, 31) if data[:2] == b"\x1f\x8b" else data


def chunks_of(data):
    """[(name, body)] of a whole FOR1 file."""
    chunks, at = [], 12
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack(">I", data[at + 4:at + 8])[0]
        chunks.append((name, data[at + 8:at + 8 + size]))
        at += 8 + (size + 3) // 4 * 4
    return chunks


def file_of(chunks):
    body = b"BEAM"
    for name, content in chunks:
        body += name + struct.pack(">I", len(content)) + content + b"\0" * (-len(content) % 4)
    return b"FOR1" + struct.pack(">I", len(body)) + body


def flip_bits(data, rng, count):
    data = bytearray(data)
    for _ in range(count):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def set_bytes(data, rng, count):
    data = bytearray(data)
    for _ in range(count):
        data[rng.randrange(len(data))] = rng.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)])
    return bytes(data)


def set_word(data, rng):
    """A 32-bit word somewhere becomes an edge value."""
    data = bytearray(data)
    at = rng.randrange(max(1, len(data) - 4)) & ~3
    data[at:at + 4] = struct.pack(">I", rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(data), rng.getrandbits(32)]))
    return bytes(data)


def in_chunk(data, rng, names, damage):
    """Damages the body of one chunk; the file around it stays well-formed."""
    chunks = chunks_of(data)
    candidates = [i for i, (name, body) in enumerate(chunks) if name in names and body]
    if not candidates:
        return damage(data, rng)
    index = rng.choice(candidates)
    name, body = chunks[index]
    if name == b"LitT" and len(body) > 4:  # damage what is inside the compression
        plain = damage(zlib.decompress(body[4:]), rng)
        body = body[:4] + zlib.compress(plain)
    else:
        body = damage(body, rng)
    chunks[index] = (name, body)
    return file_of(chunks)


def damage_table(data, rng):
    """The list of chunks itself: lost, doubled, emptied, renamed, cut or swapped."""
    chunks = chunks_of(data)
    index = rng.randrange(len(chunks))
    name, body = chunks[index]
    what = rng.randrange(6)
    if what == 0:
        del chunks[index]
    elif what == 1:
        chunks.insert(rng.randrange(len(chunks)), chunks[index])
    elif what == 2:
        chunks[index] = (name, b"")
    elif what == 3:
        chunks[index] = (bytes(rng.randrange(256) for _ in range(4)), body)
    elif what == 4:
        chunks[index] = (name, body[:rng.randrange(len(body) + 1)])
    else:
        other = rng.randrange(len(chunks))
        chunks[index], chunks[other] = (name, chunks[other][1]), (chunks[other][0], body)
    return file_of(chunks)


TABLES = (b"AtU8", b"ImpT", b"ExpT", b"FunT", b"Line", b"StrT", b"LocT", b"Type", b"Meta", b"Attr", b"CInf")


def cut_block(data, rng):
    at, size = rng.randrange(len(data)), 1 << rng.randrange(10)
    return data[:at] + data[at + size:]


def repeat_block(data, rng):
    at, size = rng.randrange(len(data)), 1 << rng.randrange(10)
    return data[:at + size] + data[at:]


KINDS = [
    ("cut", lambda d, r: d[:r.randrange(len(d))]),
    ("bits", lambda d, r: flip_bits(d, r, r.choice([1, 1, 2, 4, 8, 32]))),
    ("bytes", lambda d, r: set_bytes(d, r, r.choice([1, 2, 4]))),
    ("word", set_word),
    ("remove", cut_block),
    ("repeat", repeat_block),
    ("chunks", damage_table),
    ("code-bits", lambda d, r: in_chunk(d, r, (b"Code",), lambda b, q: flip_bits(b, q, q.choice([1, 1, 2, 4])))),
    ("code-bytes", lambda d, r: in_chunk(d, r, (b"Code",), lambda b, q: set_bytes(b, q, q.choice([1, 2])))),
    ("code-header", lambda d, r: in_chunk(d, r, (b"Code",), lambda b, q: set_word(b[:24], q) + b[24:])),
    ("code-cut", lambda d, r: in_chunk(d, r, (b"Code",), lambda b, q: b[:q.randrange(len(b))])),
    ("literals", lambda d, r: in_chunk(d, r, (b"LitT",), lambda b, q: flip_bits(b, q, q.choice([1, 2, 8])))),
    ("table-bits", lambda d, r: in_chunk(d, r, TABLES, lambda b, q: flip_bits(b, q, q.choice([1, 2])))),
    ("table-words", lambda d, r: in_chunk(d, r, TABLES, set_word)),
]


def mutations(count, seed=1):
    """Yields (label, bytes) of `count` damaged modules; the same ones for the same seed."""
    modules = list(read_modules())
    yield "empty", b""
    yield "only-magic", b"FOR1"
    yield "only-header", b"FOR1\0\0\0\4BEAM"
    for number in range(count - 3):
        rng = random.Random(seed * 1_000_003 + number)
        module, data = modules[number % len(modules)]
        kind, damage = KINDS[rng.randrange(len(KINDS))]
        yield f"{number}-{module}-{kind}", damage(data, rng)


def wrong_versions():
    """(label, bytes) of modules from releases that no VM knows: an opcode count and a code format of the far future."""
    for module, data in read_modules():
        for label, at, value in (("opcode-max", 8, 9999), ("format", 4, 7), ("header-size", 0, 8)):
            chunks = [(name, body[:at] + struct.pack(">I", value) + body[at + 4:] if name == b"Code" else body)
                      for name, body in chunks_of(data)]
            yield f"{label}-{module}", file_of(chunks)
        return
