#include "bifs/prim/file_handle.h"

#include "vm/term/magic_ref.h"
#include "vm/sys/stream.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"

#include <climits>
#include <string.h>

namespace joist::prim_file {
namespace {
const char file_type = 0;

// OTP's limit: 1902, before which its conversions to local time do not work everywhere.
constexpr int64_t earliest_time = -2145916800;

Term type_atom(sys::FileType type) {
  switch (type) {
    case sys::FileType::Device: return atom::device;
    case sys::FileType::Directory: return atom::directory;
    case sys::FileType::Regular: return atom::regular;
    case sys::FileType::Symlink: return atom::symlink;
    default: return atom::other;
  }
}
}  // namespace

FileHandle::FileHandle(int descriptor) : fd(descriptor) { type = &file_type; }
FileHandle::~FileHandle() {
  if (state.load(std::memory_order_acquire) != Closed) sys::close_file(fd);
}

FileHandle* handle_of(Term t) {
  auto ref = t.as<MagicRef>();
  return ref && ref->object->type == &file_type ? static_cast<FileHandle*>(ref->object) : nullptr;
}

Term handle_term(Heap& heap, int fd) {
  HeapWriter w = heap.reserve(Words(magic_ref_words + 3));
  Term ref = make_magic_ref(w, new FileHandle(fd));
  return w.tuple(atom::ok, ref);
}

Claim::Claim(Term handle) : file_(handle_of(handle)) {
  auto idle = FileHandle::Idle;
  claimed_ = file_ && file_->state.compare_exchange_strong(idle, FileHandle::Busy, std::memory_order_acq_rel);
}
Claim::~Claim() {
  if (claimed_) file_->state.store(FileHandle::Idle, std::memory_order_release);
}
NativeResult Claim::failure(NativeCall& c) const {
  return file_ ? NativeResult(posix_error(c, sys::invalid_argument_error)) : badarg();
}

bool path_of(Term t, std::string* out) {
  if (!is_bits(t) || bits::size_bits(t) % 8 != 0) return false;
  bits::AlignedBytes bytes(t);
  const void* zero = memchr(bytes.data, 0, bytes.size);
  if (!zero) return false;
  size_t length = size_t(static_cast<const uint8_t*>(zero) - bytes.data);
  for (size_t i = length; i < bytes.size; i++)
    if (bytes.data[i] != 0) return false;
  out->assign(reinterpret_cast<const char*>(bytes.data), length);
  return true;
}

Term posix_error(NativeCall& c, int error) {
  Term name = make_atom(sys::error_name(error));
  return c.heap().reserve(Words(3)).tuple(atom::error, name.is_value() ? name : atom::error);
}
NativeResult done(NativeCall& c, int error) { return error ? posix_error(c, error) : atom::ok; }
Term ok_tuple(NativeCall& c, Term value) { return c.heap().reserve(Words(3)).tuple(atom::ok, value); }

bool int32_of(Term t, int* out) {
  if (!t.is_small() || t.small_value() < INT_MIN || t.small_value() > INT_MAX) return false;
  *out = int(t.small_value());
  return true;
}

Term info_record(NativeCall& c, const sys::FileInfo& info) {
  HeapWriter w = c.heap().reserve(Words(15 + 2 * arith::integer_words));
  auto time = [](int64_t t) { return Term::small(t > earliest_time ? t : earliest_time); };
  Term access = info.may_read ? (info.may_write ? atom::read_write : atom::read)
                              : (info.may_write ? atom::write : atom::none);
  Term size = arith::write_unsigned(w, info.size), inode = arith::write_unsigned(w, info.inode);
  Term record = w.tuple(atom::file_info, size, type_atom(info.type), access, time(info.access_time), time(info.modify_time),
                        time(info.change_time), Term::small(info.mode), Term::small(info.links), Term::small(info.device),
                        Term::small(info.raw_device), inode, Term::small(info.uid), Term::small(info.gid));
  c.heap().commit(w);
  return record;
}

ReadBuffer::~ReadBuffer() {
  if (bytes_) bytes_->release();
}
bool ReadBuffer::resize(size_t size) {
  SharedBytes* fresh = SharedBytes::try_create(size);
  if (!fresh) return false;
  if (bytes_) {
    memcpy(fresh->data, bytes_->data, size_ < size ? size_ : size);
    bytes_->release();
  }
  bytes_ = fresh;
  size_ = size;
  return true;
}
uint8_t* ReadBuffer::data() const { return bytes_->data; }
Term ReadBuffer::finish(Heap& heap, size_t used) {
  if (used <= HeapBits::max_bytes) return bits::from_bytes(heap, bytes_->data, used);
  if (used < size_) bytes_ = SharedBytes::resize(bytes_, used);
  SharedBytes* whole = bytes_;
  bytes_ = nullptr;
  return bits::from_shared(heap, whole, 0, used * 8);
}

}  // namespace joist::prim_file
