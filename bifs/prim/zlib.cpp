// Natives of module zlib. zlib.erl does the rest: it enqueues input and takes the output in chunks, which is what makes long work
// yield.
#include "bifs/bif.h"
#include "vm/term/magic_ref.h"
#include "bifs/prim/file_handle.h"
#include "bifs/prim/zlib_stream.h"
#include "vm/term/arith.h"
#include "vm/term/iolist.h"

namespace joist {
namespace {

using State = ZlibStream::State;
using prim_file::int32_of;

constexpr size_t dictionary_size = 32768;
constexpr size_t bytes_a_reduction = 64;

// The stream of argument 0 if this process controls it and it is in this state (None: any). Null: *failure is the native's result.
ZlibStream* stream_for(NativeCall& c, State state, NativeResult* failure) {
  ZlibStream* s = zlib_stream_of(c.arg(0));
  if (!s) {
    *failure = badarg();
  } else if (s->controller.load(std::memory_order_acquire) != c.process.pid.raw()) {
    *failure = c.error(atom::not_on_controlling_process);
  } else if (state != State::None && s->state != state) {
    *failure = c.error(atom::not_initialized);
  } else {
    return s;
  }
  return nullptr;
}

NativeResult zlib_result(NativeCall& c, int code) {
  switch (code) {
    case Z_OK: return atom::ok;
    case Z_STREAM_END: return atom::stream_end;
    case Z_STREAM_ERROR: return c.error(atom::stream_error);
    case Z_DATA_ERROR: return c.error(atom::data_error);
    case Z_MEM_ERROR: return atom::mem_error;
    case Z_BUF_ERROR: return atom::buf_error;
    case Z_VERSION_ERROR: return atom::version_error;
    default: return atom::unknown_error;
  }
}

bool bytes_of(Term t, std::string* out) {
  size_t size;
  if (!iolist::size_bits(t, iolist::Parts::Bytes, &size)) return false;
  out->resize(size / 8);
  iolist::copy(t, reinterpret_cast<uint8_t*>(out->data()));
  return true;
}

// {continue | finished, Output} | {need_dictionary, Adler, Output}
NativeResult run_codec(NativeCall& c, ZlibStream& s) {
  int in_size, out_size, flush;
  if (!int32_of(c.arg(1), &in_size) || !int32_of(c.arg(2), &out_size) || !int32_of(c.arg(3), &flush) || in_size < 0 || out_size < 0)
    return badarg();
  prim_file::ReadBuffer buffer;
  if (!buffer.resize(size_t(out_size))) return atom::mem_error;
  auto step = s.work(buffer.data(), size_t(out_size), size_t(in_size), flush);
  c.charge((step.consumed + step.produced) / bytes_a_reduction + 1);
  if (step.result < 0 && step.result != Z_BUF_ERROR) return zlib_result(c, step.result);
  if (step.result == Z_STREAM_END) s.end_seen = true;
  if (step.consumed == 0 && step.produced == 0 && s.input.size() > 0) return zlib_result(c, Z_DATA_ERROR);
  Term output = nil;
  if (step.produced > 0) {
    Term binary = buffer.finish(c.heap(), step.produced);
    output = c.heap().reserve(Words(2)).cons(binary, nil);
  }
  HeapWriter w = c.heap().reserve(Words(4));
  Term result;
  if (s.input.size() == 0 && step.produced < size_t(out_size)) result = w.tuple(atom::finished, output);
  else if (step.result != Z_NEED_DICT) result = w.tuple(atom::continue_, output);
  else result = w.tuple(atom::need_dictionary, Term::small(int32_t(s.z.adler)), output);
  c.heap().commit(w);
  return result;
}

NativeResult start(NativeCall& c, ZlibStream& s, int code, State state, int window_bits) {
  if (code == Z_OK) {
    s.state = state;
    s.end_seen = false;
    s.raw = window_bits < 0;
    s.input_crc = s.output_crc = 0;
  }
  return zlib_result(c, code);
}

}  // namespace

#define STREAM(state)                                   \
  NativeResult failure = badarg();                      \
  ZlibStream* s = stream_for(c, State::state, &failure); \
  if (!s) return failure

BIF(zlib, open_nif, 0) {
  HeapWriter w = c.heap().reserve(Words(magic_ref_words));
  return make_magic_ref(w, new ZlibStream(c.process.pid));
}
BIF(zlib, close_nif, 1) {
  STREAM(None);
  if (s->state == State::Closed) return c.error(atom::not_initialized);
  s->end();
  return atom::ok;
}
BIF(zlib, set_controller_nif, 2) {
  if (!c.arg(1).is_local_pid()) return badarg();
  STREAM(None);
  s->controller.store(c.arg(1).raw(), std::memory_order_release);
  return atom::ok;
}

// deflateInit_nif(Z, Level, Method, WindowBits, MemLevel, Strategy)
BIF(zlib, deflateInit_nif, 6) {
  int v[5];
  for (size_t i = 0; i < 5; i++)
    if (!int32_of(c.arg(i + 1), &v[i])) return badarg();
  STREAM(None);
  if (s->state != State::None) return c.error(atom::already_initialized);
  return start(c, *s, deflateInit2(&s->z, v[0], v[1], v[2], v[3], v[4]), State::Deflate, v[2]);
}
BIF(zlib, deflateSetDictionary_nif, 2) {
  std::string bytes;
  if (!bytes_of(c.arg(1), &bytes)) return badarg();
  STREAM(Deflate);
  auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  int code = deflateSetDictionary(&s->z, data, uInt(bytes.size()));
  if (code != Z_OK) return zlib_result(c, code);
  // zlib keeps no sum of raw streams.
  return Term::small(int32_t(s->raw ? adler32_z(0, data, bytes.size()) : s->z.adler));
}
BIF(zlib, deflateReset_nif, 1) {
  STREAM(Deflate);
  int code = deflateReset(&s->z);
  s->input_crc = 0;
  s->end_seen = false;
  s->forget_input();
  return zlib_result(c, code);
}
BIF(zlib, deflateEnd_nif, 1) {
  STREAM(Deflate);
  int code = deflateEnd(&s->z);
  if (code == Z_OK && s->input.size() > 0) code = Z_DATA_ERROR;
  s->forget_input();
  s->state = State::None;
  return zlib_result(c, code);
}
// All pending output was flushed before: one byte of room is to show that there is none.
BIF(zlib, deflateParams_nif, 3) {
  int level, strategy;
  if (!int32_of(c.arg(1), &level) || !int32_of(c.arg(2), &strategy)) return badarg();
  STREAM(Deflate);
  uint8_t spare;
  s->z.next_out = &spare;
  s->z.avail_out = 1;
  int code = deflateParams(&s->z, level, strategy);
  return zlib_result(c, s->z.avail_out == 0 ? Z_STREAM_ERROR : code);
}
// deflate_nif(Z, InputChunkSize, OutputChunkSize, Flush)
BIF(zlib, deflate_nif, 4) {
  STREAM(Deflate);
  return run_codec(c, *s);
}

// inflateInit_nif(Z, WindowBits, AfterEnd)
BIF(zlib, inflateInit_nif, 3) {
  int bits, after_end;
  if (!int32_of(c.arg(1), &bits) || !int32_of(c.arg(2), &after_end)) return badarg();
  STREAM(None);
  if (s->state != State::None) return c.error(atom::already_initialized);
  s->after_end = ZlibStream::AfterEnd(after_end);
  return start(c, *s, inflateInit2(&s->z, bits), State::Inflate, bits);
}
BIF(zlib, inflateSetDictionary_nif, 2) {
  std::string bytes;
  if (!bytes_of(c.arg(1), &bytes)) return badarg();
  STREAM(Inflate);
  return zlib_result(c, inflateSetDictionary(&s->z, reinterpret_cast<const uint8_t*>(bytes.data()), uInt(bytes.size())));
}
BIF(zlib, inflateGetDictionary_nif, 1) {
  STREAM(Inflate);
  prim_file::ReadBuffer buffer;
  uInt size = 0;
  if (!buffer.resize(dictionary_size)) return atom::mem_error;
  int code = inflateGetDictionary(&s->z, buffer.data(), &size);
  return code < 0 ? zlib_result(c, code) : NativeResult(buffer.finish(c.heap(), size));
}
BIF(zlib, inflateReset_nif, 1) {
  STREAM(Inflate);
  int code = inflateReset(&s->z);
  s->output_crc = 0;
  s->end_seen = false;
  s->forget_input();
  return zlib_result(c, code);
}
BIF(zlib, inflateEnd_nif, 1) {
  STREAM(Inflate);
  int code = inflateEnd(&s->z);
  if (code == Z_OK && (!s->end_seen || s->input.size() > 0)) code = Z_DATA_ERROR;
  s->forget_input();
  s->state = State::None;
  return zlib_result(c, code);
}
BIF(zlib, inflate_nif, 4) {
  STREAM(Inflate);
  if (s->end_seen && s->input.size() > 0) {
    if (s->after_end == ZlibStream::AfterEnd::Error) return zlib_result(c, Z_DATA_ERROR);
    if (s->after_end == ZlibStream::AfterEnd::Reset) {
      if (int code = inflateReset(&s->z)) return zlib_result(c, code);
      s->end_seen = false;
    } else {
      s->forget_input();
    }
  }
  return run_codec(c, *s);
}

BIF(zlib, crc32_nif, 1) {
  STREAM(None);
  if (s->state == State::Deflate) return Term::small(s->input_crc);
  if (s->state == State::Inflate) return Term::small(s->output_crc);
  return c.error(atom::not_initialized);
}

BIF(zlib, getStash_nif, 1) {
  STREAM(None);
  if (!s->stash) return atom::empty_;
  HeapWriter w = c.heap().reserve(Words(copy_size(s->stash->term) + 3));
  Term term = copy_into(s->stash->term, w);
  return w.tuple(atom::ok, term);
}
BIF(zlib, clearStash_nif, 1) {
  STREAM(None);
  if (!s->stash) return c.error(atom::error);
  s->stash.reset();
  return atom::ok;
}
BIF(zlib, setStash_nif, 2) {
  STREAM(None);
  if (s->stash) return c.error(atom::error);
  s->stash = std::make_unique<KeptTerm>(c.arg(1));
  return atom::ok;
}

BIF(zlib, getBufSize_nif, 1) {
  STREAM(None);
  return Term::small(s->chunk_size);
}
BIF(zlib, setBufSize_nif, 2) {
  STREAM(None);
  return int32_of(c.arg(1), &s->chunk_size) ? NativeResult(atom::ok) : badarg();
}

// enqueue_nif(Z, [Binary])
BIF(zlib, enqueue_nif, 2) {
  STREAM(None);
  if (s->state != State::Deflate && s->state != State::Inflate) return c.error(atom::not_initialized);
  Term list = c.arg(1);
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term t = list.as_cons()->head;
    if (!is_bits(t) || bits::size_bits(t) % 8 != 0) return badarg();
  }
  if (!list.is_nil()) return badarg();
  for (list = c.arg(1); list.is_cons(); list = list.as_cons()->tail) {
    s->input.append(list.as_cons()->head);
    c.charge(1);
  }
  return atom::ok;
}

}  // namespace joist
