// prim_file: open files. All but get_handle_nif block, and so run on the dirty I/O pool.
#include <vector>

#include "bifs/prim/file_handle.h"
#include "bifs/prim/installation.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"

namespace joist {

using namespace prim_file;

namespace {

constexpr size_t max_slices = 64;        // written by one call; the rest is handed back as {continue, …}
constexpr size_t unknown_size = 16 << 10;  // first buffer for a file whose size is not known

NativeResult invalid(NativeCall& c) { return posix_error(c, sys::invalid_argument_error); }

// An integer that an offset or size may be. False: *failure is the native's result.
bool offset_of(NativeCall& c, Term t, int64_t* out, NativeResult* failure) {
  if (!is_number(t)) *failure = badarg();
  else if (!arith::to_int64(t, out) || *out < 0) *failure = invalid(c);
  else return true;
  return false;
}
bool offsets_of(NativeCall& c, Term a, Term b, int64_t* out_a, int64_t* out_b, NativeResult* failure) {
  if (!is_number(a) || !is_number(b)) {
    *failure = badarg();
    return false;
  }
  return offset_of(c, a, out_a, failure) && offset_of(c, b, out_b, failure);
}

sys::OpenMode mode_of(Term list) {
  sys::OpenMode mode;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term m = list.as_cons()->head;
    if (m.same(atom::read)) mode.read = true;
    else if (m.same(atom::write)) mode.write = true;
    else if (m.same(atom::append)) mode.append = true;
    else if (m.same(atom::exclusive)) mode.exclusive = true;
    else if (m.same(atom::sync)) mode.sync = true;
    else if (m.same(atom::directory)) mode.directory = true;
    else if (m.same(atom::skip_type_check)) mode.skip_type_check = true;
  }
  if (mode.append || mode.exclusive) mode.write = true;
  else if (!mode.write) mode.read = true;
  return mode;
}

NativeResult read_bytes(NativeCall& c, int fd, int64_t offset, int64_t size) {
  ReadBuffer buffer;
  if (!buffer.resize(size_t(size))) return posix_error(c, sys::no_memory_error);
  size_t count;
  if (int error = sys::read_file_bytes(fd, offset, buffer.data(), size_t(size), &count)) return posix_error(c, error);
  if (count == 0) return atom::eof;
  return ok_tuple(c, buffer.finish(c.heap(), count));
}

// Binaries to be written, at most max_slices of them. Heap binaries are written from where they lie: nothing moves meanwhile.
class SliceList {
 public:
  // False when `list` is no list of binaries.
  bool take(Term list) {
    for (; list.is_cons() && slices_.size() < max_slices; list = list.as_cons()->tail) {
      Term t = list.as_cons()->head;
      if (!is_bits(t) || bits::size_bits(t) % 8 != 0) return false;
      BitSpan span = bits::span(t);
      if (span.whole_bytes()) {
        slices_.push_back({const_cast<uint8_t*>(span.bytes()), span.size / 8});
      } else {
        auto* copy = new uint8_t[span.size / 8];
        bits::copy(copy, 0, span.data, span.offset, span.size);
        copies_.push_back(copy);
        slices_.push_back({copy, span.size / 8});
      }
      size_ += span.size / 8;
    }
    rest_ = list;
    return list.is_list();
  }
  ~SliceList() {
    for (uint8_t* copy : copies_) delete[] copy;
  }
  int write(int fd, int64_t offset) { return sys::write_file_bytes(fd, offset, slices_.data(), slices_.size()); }
  Term rest() const { return rest_; }
  size_t size() const { return size_; }

 private:
  std::vector<sys::IoSlice> slices_;
  std::vector<uint8_t*> copies_;
  Term rest_;
  size_t size_ = 0;
};

}  // namespace

// kind: DirtyIo
BIF(prim_file, open_nif, 2) {
  if (!c.arg(1).is_list()) return badarg();
  std::string path;
  if (!path_of(c.arg(0), &path)) return invalid(c);
  int fd;
  if (int error = sys::open_file(path.c_str(), mode_of(c.arg(1)), &fd)) return posix_error(c, error);
  return handle_term(c.heap(), fd);
}

// kind: DirtyIo
BIF(prim_file, file_desc_to_ref_nif, 1) {
  int fd;
  if (!int32_of(c.arg(0), &fd)) return badarg();
  if (int error = sys::check_descriptor(fd)) return posix_error(c, error);
  return handle_term(c.heap(), fd);
}

// kind: DirtyIo
BIF(prim_file, close_nif, 1) {
  FileHandle* file = handle_of(c.arg(0));
  if (!file) return badarg();
  auto idle = FileHandle::Idle;
  if (!file->state.compare_exchange_strong(idle, FileHandle::Closed, std::memory_order_acq_rel)) return invalid(c);
  return done(c, sys::close_file(file->fd));
}

// OTP's helper process closes files of processes that died with it. Here they are closed with their handle, so there is nothing to do.
// kind: DirtyIo
BIF(prim_file, delayed_close_nif, 1) { return handle_of(c.arg(0)) ? NativeResult(atom::ok) : badarg(); }

// kind: DirtyIo
BIF(prim_file, read_nif, 2) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  int64_t size;
  NativeResult failure = badarg();
  if (!offset_of(c, c.arg(1), &size, &failure)) return failure;
  return read_bytes(c, file.fd(), sys::at_position, size);
}

// kind: DirtyIo
BIF(prim_file, pread_nif, 3) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  int64_t offset, size;
  NativeResult failure = badarg();
  if (!offsets_of(c, c.arg(1), c.arg(2), &offset, &size, &failure)) return failure;
  return read_bytes(c, file.fd(), offset, size);
}

// ok, or {continue, Rest}
// kind: DirtyIo
BIF(prim_file, write_nif, 2) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  SliceList slices;
  if (!slices.take(c.arg(1))) return badarg();
  if (int error = slices.write(file.fd(), sys::at_position)) return posix_error(c, error);
  if (slices.rest().is_nil()) return atom::ok;
  return c.heap().reserve(Words(3)).tuple(atom::continue_, slices.rest());
}

// ok, or {continue, BytesWritten, Rest}
// kind: DirtyIo
BIF(prim_file, pwrite_nif, 3) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  SliceList slices;
  if (!is_number(c.arg(1)) || !slices.take(c.arg(2))) return badarg();
  int64_t offset;
  if (!arith::to_int64(c.arg(1), &offset) || offset < 0) return invalid(c);
  if (int error = slices.write(file.fd(), offset)) return posix_error(c, error);
  if (slices.rest().is_nil()) return atom::ok;
  return c.heap().reserve(Words(4)).tuple(atom::continue_, Term::small(SWord(slices.size())), slices.rest());
}

// kind: DirtyIo
BIF(prim_file, seek_nif, 3) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  int64_t offset, position;
  if (!arith::to_int64(c.arg(2), &offset)) return badarg();
  sys::Seek from;
  if (c.arg(1).same(atom::bof)) from = sys::Seek::Begin;
  else if (c.arg(1).same(atom::cur)) from = sys::Seek::Current;
  else if (c.arg(1).same(atom::eof)) from = sys::Seek::End;
  else return badarg();
  if (int error = sys::seek_file(file.fd(), from, offset, &position)) return posix_error(c, error);
  return ok_tuple(c, arith::make_integer(c.heap(), position));
}

// kind: DirtyIo
BIF(prim_file, sync_nif, 2) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  int data_only;
  if (!int32_of(c.arg(1), &data_only)) return badarg();
  return done(c, sys::sync_file(file.fd(), data_only != 0));
}

// kind: DirtyIo
BIF(prim_file, truncate_nif, 1) {
  Claim file(c.arg(0));
  return file ? done(c, sys::truncate_file(file.fd())) : file.failure(c);
}

// kind: DirtyIo
BIF(prim_file, allocate_nif, 3) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  int64_t offset, size;
  NativeResult failure = badarg();
  if (!offsets_of(c, c.arg(1), c.arg(2), &offset, &size, &failure)) return failure;
  return done(c, sys::allocate_file(file.fd(), offset, size));
}

// kind: DirtyIo
BIF(prim_file, advise_nif, 4) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  int64_t offset, size;
  NativeResult failure = badarg();
  if (!offsets_of(c, c.arg(1), c.arg(2), &offset, &size, &failure)) return failure;
  static constexpr Term names[] = {atom::normal, atom::random, atom::sequential, atom::will_need, atom::dont_need, atom::no_reuse};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (c.arg(3).same(names[i])) return done(c, sys::advise_file(file.fd(), offset, size, sys::Advice(i)));
  return invalid(c);
}

// kind: DirtyIo
BIF(prim_file, read_handle_info_nif, 1) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  sys::FileInfo info;
  if (int error = sys::open_file_info(file.fd(), &info)) return posix_error(c, error);
  return info_record(c, info);
}

// The descriptor as a C int, in a binary.
BIF(prim_file, get_handle_nif, 1) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  int fd = file.fd();
  return bits::from_bytes(c.heap(), &fd, sizeof fd);
}

// For dets: at Offset lie a size and a position, 32 bits each, of a block. {ok, {Size, Position, Block | eof}}; eof when there is no such
// pair or the size is above MaxSize.
// kind: DirtyIo
BIF(prim_file, ipread_s32bu_p32bu_nif, 3) {
  Claim file(c.arg(0));
  if (!file) return file.failure(c);
  if (!is_number(c.arg(1)) || !is_number(c.arg(2))) return badarg();
  int64_t offset, max_size;
  if (!arith::to_int64(c.arg(1), &offset) || !arith::to_int64(c.arg(2), &max_size) || offset < 0 || max_size >= int64_t(1) << 31)
    return invalid(c);
  uint8_t pair[8];
  size_t count;
  if (int error = sys::read_file_bytes(file.fd(), offset, pair, sizeof pair, &count)) return posix_error(c, error);
  if (count < sizeof pair) return atom::eof;
  auto number = [&](int i) { return uint32_t(pair[i]) << 24 | pair[i + 1] << 16 | pair[i + 2] << 8 | pair[i + 3]; };
  uint32_t size = number(0), position = number(4);
  if (int64_t(size) > max_size) return atom::eof;
  ReadBuffer buffer;
  if (!buffer.resize(size)) return posix_error(c, sys::no_memory_error);
  if (int error = sys::read_file_bytes(file.fd(), position, buffer.data(), size, &count)) return posix_error(c, error);
  Term block = count == 0 ? atom::eof : buffer.finish(c.heap(), count);
  HeapWriter w = c.heap().reserve(Words(7));
  Term triple = w.tuple(Term::small(size), Term::small(position), block);
  return w.tuple(atom::ok, triple);
}

// kind: LongIo
BIF(prim_file, read_file_nif, 1) {
  std::string path;
  if (!path_of(c.arg(0), &path)) return invalid(c);
  if (!c.beside && !in_installation(path)) return c.elsewhere();
  int fd;
  sys::OpenMode mode;
  mode.read = true;
  mode.at_once = !c.beside;
  if (int error = sys::open_file(path.c_str(), mode, &fd)) return posix_error(c, error);
  FileHandle file(fd);
  sys::FileInfo info;
  size_t known = sys::open_file_info(fd, &info) == 0 ? info.size : 0;
  if (!c.beside && (known == 0 || known > most_read_at_once || info.type != sys::FileType::Regular)) return c.elsewhere();
  ReadBuffer buffer;
  if (!buffer.resize(known ? known : unknown_size)) return posix_error(c, sys::no_memory_error);
  for (size_t used = 0;;) {
    size_t count;
    if (int error = sys::read_file_bytes(fd, sys::at_position, buffer.data() + used, buffer.size() - used, &count))
      return posix_error(c, error);
    used += count;
    if (used < buffer.size() || used == known) return ok_tuple(c, buffer.finish(c.heap(), used));
    if (!buffer.resize(2 * used)) return posix_error(c, sys::no_memory_error);
  }
}

}  // namespace joist
