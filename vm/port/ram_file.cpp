// The driver ram_file_drv: a file that is only memory, for kernel's module ram_file (file:open/2 with `ram`). One command is one
// request: an operation byte, then its arguments in big-endian order. Each is answered by {Port, {data, [Code | …]}}: 0 done, 1 and the
// error's name, 2 and a length and the bytes, 3 and a number.
#include <cerrno>
#include <cstring>

#include "vm/port/builtin.h"
#include "vm/sys/memory.h"
#include "vm/sys/stream.h"

namespace joist {
namespace {

enum Operation : uint8_t { Open = 1, Read, Seek, Write, Sync = 9, Truncate = 14, PositionedRead = 17, PositionedWrite, DataSync, Get = 30, Size = 37, Advise, Allocate };
enum Answer : char { Done, Failed, Data, Number };
enum Mode : int { may_read = 1, may_write = 2 };

constexpr int64_t block = 1024;

// Arguments of a request; what is missing reads as 0.
class Arguments {
 public:
  explicit Arguments(std::string_view bytes) : bytes_(bytes) {}
  int64_t int32() {
    uint32_t n = 0;
    for (int i = 0; i < 4; i++) {
      n = n << 8 | (bytes_.empty() ? 0 : uint8_t(bytes_.front()));
      if (!bytes_.empty()) bytes_.remove_prefix(1);
    }
    return int32_t(n);
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

class RamFile final : public PortDriver {
 public:
  ~RamFile() override { sys::release(bytes_, sys::Alloc::Driver); }
  const char* name() const override { return "ram_file_drv"; }
  void output(Port& port, std::string request) override;

 private:
  // Makes room for `size` bytes; what is new is zero. An errno value, 0: done.
  int grow(int64_t size);
  void write(Port& port, int64_t at, std::string_view bytes, bool move);
  void read(Port& port, int64_t at, int64_t count, bool move);
  void seek(Port& port, int64_t offset, int64_t origin);
  void number(Port& port, int64_t n);
  void fail(Port& port, int error);
  void done(Port& port) { answer(port, Done, {}); }
  void if_open(Port& port) { return mode_ ? done(port) : fail(port, EBADF); }
  static void answer(Port& port, Answer code, std::string_view text) { port.deliver_data({}, std::string(1, code).append(text), false); }
  void deliver(Port& port, int64_t at, int64_t count);

  int mode_ = 0;
  char* bytes_ = nullptr;
  int64_t capacity_ = 0, position_ = 0, end_ = 0;
};

std::string big_endian(int64_t n) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(char(n >> shift));
  return out;
}

int RamFile::grow(int64_t size) {
  int64_t wanted = (size + block + block / 2) & ~(block - 1);
  if (wanted <= capacity_) return 0;
  auto* fresh = static_cast<char*>(sys::try_allocate(size_t(wanted), sys::Alloc::Driver));
  if (!fresh) return ENOMEM;
  if (bytes_) memcpy(fresh, bytes_, size_t(capacity_));
  memset(fresh + capacity_, 0, size_t(wanted - capacity_));
  sys::release(bytes_, sys::Alloc::Driver);
  bytes_ = fresh;
  capacity_ = wanted;
  return 0;
}

void RamFile::number(Port& port, int64_t n) { answer(port, Number, big_endian(n)); }
void RamFile::fail(Port& port, int error) { answer(port, Failed, sys::error_name(error)); }

void RamFile::write(Port& port, int64_t at, std::string_view bytes, bool move) {
  if (!(mode_ & may_write)) return fail(port, EBADF);
  if (at < 0) return fail(port, EINVAL);
  int64_t after = at + int64_t(bytes.size());
  if (after > capacity_)
    if (int error = grow(after)) return fail(port, error);
  if (!bytes.empty()) memcpy(bytes_ + at, bytes.data(), bytes.size());
  if (after > end_) end_ = after;
  if (move) position_ = after;
  number(port, int64_t(bytes.size()));
}

void RamFile::read(Port& port, int64_t at, int64_t count, bool move) {
  if (!(mode_ & may_read)) return fail(port, EBADF);
  if (at < 0 || count < 0) return fail(port, EINVAL);
  int64_t left = at < end_ ? end_ - at : 0;
  if (count > left) count = left;
  if (move) position_ = at + count;
  deliver(port, at, count);
}

void RamFile::deliver(Port& port, int64_t at, int64_t count) {
  std::string_view bytes = count ? std::string_view(bytes_ + at, size_t(count)) : std::string_view();
  port.deliver_data(bytes, std::string(1, Data) + big_endian(count));
}

void RamFile::seek(Port& port, int64_t offset, int64_t origin) {
  if (!mode_) return fail(port, EBADF);
  if (origin < 0 || origin > 2) return fail(port, EINVAL);
  const int64_t from[] = {0, position_, end_};
  if (from[origin] + offset < 0) return fail(port, EINVAL);
  position_ = from[origin] + offset;
  number(port, position_);
}

void RamFile::output(Port& port, std::string request) {
  if (request.empty()) return;
  Arguments in(std::string_view(request).substr(1));
  switch (Operation(request[0])) {
    case Open: {
      mode_ = int(in.int32());
      position_ = end_ = 0;
      std::string_view content = in.rest();
      if (int error = grow(int64_t(content.size()))) return fail(port, error);
      memcpy(bytes_, content.data(), content.size());
      end_ = int64_t(content.size());
      return number(port, 0);
    }
    case Read: return read(port, position_, in.int32(), true);
    case Write: return write(port, position_, in.rest(), true);
    case PositionedRead: {
      int64_t at = in.int32();
      return read(port, at, in.int32(), false);
    }
    case PositionedWrite: {
      int64_t at = in.int32();
      return write(port, at, in.rest(), false);
    }
    case Seek: {
      int64_t offset = in.int32();
      return seek(port, offset, in.int32());
    }
    case Truncate:
      if (!(mode_ & may_write)) return fail(port, EACCES);
      if (end_ > position_) memset(bytes_ + position_, 0, size_t(end_ - position_));
      else if (int error = grow(position_)) return fail(port, error);
      end_ = position_;
      return done(port);
    case Get: return deliver(port, 0, end_);
    case Size: return number(port, end_);
    case Sync:
    case DataSync:
    case Advise:
    case Allocate: return if_open(port);
  }
  // Other requests get no answer, as in OTP.
}

}  // namespace

PortDriver* create_ram_file(const std::string&, PortOptions*, Term*) { return new RamFile; }

}  // namespace joist
