// An open file as Erlang holds it, and what the natives of prim_file share.
//
// One operation at a time works on a handle; a second one meanwhile, and any after the close, gets einval. A file whose handle is
// garbage is closed with it, so those that a process leaves open go with its heap.
#pragma once
#include <string>

#include "bifs/bif.h"
#include "vm/sys/file.h"
#include "vm/term/magic.h"

namespace joist {
struct SharedBytes;
}

namespace joist::prim_file {

struct FileHandle final : MagicObject {
  enum State : uint8_t { Idle, Busy, Closed };
  std::atomic<State> state{Idle};
  int fd;
  explicit FileHandle(int descriptor);
  ~FileHandle() override;
};

// Null when the term is no file.
FileHandle* handle_of(Term t);
// {ok, Ref} of a new handle that owns fd.
Term handle_term(Heap& heap, int fd);

// Claims the handle for the life of this object.
class Claim {
 public:
  explicit Claim(Term handle);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  explicit operator bool() const { return claimed_; }
  // What the native returns when it could not be claimed.
  NativeResult failure(NativeCall& c) const;
  int fd() const { return file_->fd; }

 private:
  FileHandle* file_;
  bool claimed_ = false;
};

// A native path: bytes with at least one zero at the end and none elsewhere.
bool path_of(Term t, std::string* out);
Term posix_error(NativeCall& c, int error);       // {error, Name}
NativeResult done(NativeCall& c, int error);      // ok, or that
Term ok_tuple(NativeCall& c, Term value);         // {ok, Value}
bool int32_of(Term t, int* out);
Term info_record(NativeCall& c, const sys::FileInfo& info);  // #file_info{}

// Bytes being read, that become a binary.
class ReadBuffer {
 public:
  ~ReadBuffer();
  // A larger size keeps what is there. False when there is not so much memory.
  bool resize(size_t size);
  uint8_t* data() const;
  size_t size() const { return size_; }
  // The first `used` bytes, as a binary.
  Term finish(Heap& heap, size_t used);

 private:
  SharedBytes* bytes_ = nullptr;
  size_t size_ = 0;
};

}  // namespace joist::prim_file
