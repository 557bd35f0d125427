// Files over POSIX. Calls that a signal interrupts are made again; reads and writes go on until all is done, for what Erlang asks
// for in one call it gets in one piece.
#include "vm/sys/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>

namespace joist::sys {

const int invalid_argument_error = EINVAL, no_memory_error = ENOMEM, not_supported_error = ENOTSUP;

namespace {

constexpr size_t max_slices = 64;          // handed to the OS at once
constexpr size_t max_transfer = 0x7ffff000;  // Linux moves no more in one call

int result(int r) { return r < 0 ? errno : 0; }

void fill_info(const struct stat& s, FileInfo* out) {
  if (S_ISCHR(s.st_mode) || S_ISBLK(s.st_mode)) out->type = FileType::Device;
  else if (S_ISDIR(s.st_mode)) out->type = FileType::Directory;
  else if (S_ISREG(s.st_mode)) out->type = FileType::Regular;
  else if (S_ISLNK(s.st_mode)) out->type = FileType::Symlink;
  else out->type = FileType::Other;
  out->size = uint64_t(s.st_size);
  out->access_time = s.st_atime;
  out->modify_time = s.st_mtime;
  out->change_time = s.st_ctime;
  out->mode = s.st_mode;
  out->links = uint32_t(s.st_nlink);
  out->device = uint32_t(s.st_dev);
  out->raw_device = uint32_t(s.st_rdev);
  out->inode = s.st_ino;
  out->uid = s.st_uid;
  out->gid = s.st_gid;
}

}  // namespace

int open_file(const char* path, OpenMode mode, int* fd) {
  int flags = O_CLOEXEC;
  if (mode.read && mode.write) flags |= O_RDWR | O_CREAT;
  else if (mode.write) flags |= O_WRONLY | O_CREAT | O_TRUNC;
  else flags |= O_RDONLY;
  if (mode.append) flags = (flags & ~O_TRUNC) | O_APPEND;
  if (mode.exclusive) flags |= O_EXCL;
  if (mode.sync) flags |= O_SYNC;
  if (mode.directory) flags |= O_DIRECTORY;
  if (mode.at_once) flags |= O_NONBLOCK;
  int opened;
  do opened = open(path, flags, mode.directory ? 0777 : 0666);
  while (opened < 0 && errno == EINTR);
  if (opened < 0) return errno;
  struct stat s;
  if (!mode.skip_type_check && !mode.directory && fstat(opened, &s) == 0 && S_ISDIR(s.st_mode)) {
    close(opened);
    return EISDIR;
  }
  *fd = opened;
  return 0;
}

// Not made again when interrupted: on Linux the descriptor is gone all the same.
int close_file(int fd) { return result(close(fd)); }
int check_descriptor(int fd) { return fcntl(fd, F_GETFL) < 0 && errno == EBADF ? EBADF : 0; }
int check_executable(const char* path) { return result(access(path, X_OK)); }
int duplicate_file(int fd, int* copy) {
  *copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return result(*copy);
}

int read_file_bytes(int fd, int64_t offset, uint8_t* data, size_t size, size_t* count) {
  *count = 0;
  while (*count < size) {
    size_t want = size - *count < max_transfer ? size - *count : max_transfer;
    ssize_t n = offset < 0 ? read(fd, data + *count, want) : pread(fd, data + *count, want, offset + int64_t(*count));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) break;
    *count += size_t(n);
  }
  return 0;
}

int write_file_bytes(int fd, int64_t offset, IoSlice* slices, size_t count) {
  static_assert(sizeof(IoSlice) == sizeof(iovec));
  auto* next = reinterpret_cast<iovec*>(slices);
  for (iovec* end = next + count; next < end;) {
    if (next->iov_len == 0) {
      next++;
      continue;
    }
    int n = int(size_t(end - next) < max_slices ? size_t(end - next) : max_slices);
    ssize_t written = offset < 0 ? writev(fd, next, n) : pwritev(fd, next, n, offset);
    if (written < 0 && errno == EINTR) continue;
    // More bytes than the OS takes in one call.
    if (written < 0 && errno == EINVAL && next->iov_len > max_transfer)
      written = offset < 0 ? write(fd, next->iov_base, max_transfer) : pwrite(fd, next->iov_base, max_transfer, offset);
    if (written < 0) return errno;
    if (offset >= 0) offset += written;
    for (size_t left = size_t(written); left > 0;) {
      size_t part = left < next->iov_len ? left : next->iov_len;
      next->iov_base = static_cast<uint8_t*>(next->iov_base) + part;
      next->iov_len -= part;
      left -= part;
      if (next->iov_len == 0) next++;
    }
  }
  return 0;
}

int seek_file(int fd, Seek from, int64_t offset, int64_t* position) {
  static constexpr int whence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  *position = lseek(fd, offset, whence[int(from)]);
  return *position < 0 ? errno : 0;
}
int sync_file(int fd, bool data_only) { return result(data_only ? fdatasync(fd) : fsync(fd)); }
int truncate_file(int fd) {
  off_t position = lseek(fd, 0, SEEK_CUR);
  return position < 0 ? errno : result(ftruncate(fd, position));
}
int allocate_file(int fd, int64_t offset, int64_t size) {
  int error;
#ifdef __linux__
  do error = result(fallocate(fd, 0, offset, size));
  while (error == EINTR);
  if (!error) return 0;
#endif
  do error = posix_fallocate(fd, offset, size);
  while (error == EINTR);
  return error;
}
int advise_file(int fd, int64_t offset, int64_t size, Advice advice) {
  static constexpr int kinds[] = {POSIX_FADV_NORMAL,   POSIX_FADV_RANDOM,   POSIX_FADV_SEQUENTIAL,
                                  POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE};
  posix_fadvise(fd, offset, size, kinds[int(advice)]);  // no more than advice: OTP does not look at what becomes of it either
  return 0;
}

int file_info(const char* path, bool follow_link, FileInfo* out) {
  struct stat s;
  if ((follow_link ? stat(path, &s) : lstat(path, &s)) < 0) return errno;
  fill_info(s, out);
  out->may_read = access(path, R_OK) == 0;
  out->may_write = access(path, W_OK) == 0;
  return 0;
}
int open_file_info(int fd, FileInfo* out) {
  struct stat s;
  if (fstat(fd, &s) < 0) return errno;
  fill_info(s, out);
  unsigned shift = s.st_uid == geteuid() ? 6 : s.st_gid == getegid() ? 3 : 0;
  out->may_read = s.st_mode >> shift & 4;
  out->may_write = s.st_mode >> shift & 2;
  return 0;
}

int set_permissions(const char* path, uint32_t mode) {
  mode_t bits = mode & (S_ISUID | S_ISGID | 0777);
  if (chmod(path, bits) == 0) return 0;
  return result(chmod(path, bits & 0777));
}
int set_owner(const char* path, int uid, int gid) { return result(chown(path, uid_t(uid), gid_t(gid))); }
int set_file_times(const char* path, int64_t access, int64_t modify) {
  utimbuf times = {access, modify};
  return result(utime(path, &times));
}
int read_link(const char* path, std::string* out) {
  for (size_t size = 256;; size *= 2) {
    out->resize(size);
    ssize_t n = readlink(path, out->data(), size);
    if (n < 0) return errno;
    if (size_t(n) < size) {
      out->resize(size_t(n));
      return 0;
    }
  }
}
int list_directory(const char* path, std::vector<std::string>* names) {
  DIR* folder = opendir(path);
  if (!folder) return errno;
  while (dirent* entry = readdir(folder)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) names->emplace_back(entry->d_name);
  }
  closedir(folder);
  return 0;
}
int rename_file(const char* from, const char* to) {
  if (rename(from, to) == 0) return 0;
  if (errno == ENOTEMPTY) return EEXIST;
  return strcmp(from, "/") == 0 ? EINVAL : errno;
}
int make_hard_link(const char* existing, const char* new_name) { return result(link(existing, new_name)); }
int make_symlink(const char* existing, const char* new_name) { return result(symlink(existing, new_name)); }
int make_directory(const char* path) { return result(mkdir(path, 0777)); }
int delete_file(const char* path) {
  int error = result(unlink(path));
  return error == EISDIR ? EPERM : error;  // what POSIX says
}
int delete_directory(const char* path) {
  int error = result(rmdir(path));
  if (error != ENOTEMPTY && error != EEXIST) return error;
  struct stat it, here;
  bool is_here = stat(path, &it) == 0 && stat(".", &here) == 0 && it.st_ino == here.st_ino && it.st_dev == here.st_dev;
  return is_here ? EINVAL : EEXIST;
}
int set_working_directory(const char* path) { return result(chdir(path)); }
int working_directory(std::string* out) {
  for (size_t size = 256;; size *= 2) {
    out->resize(size);
    if (getcwd(out->data(), size)) {
      out->resize(strlen(out->c_str()));
      return 0;
    }
    if (errno != ERANGE) return errno;
  }
}

}  // namespace joist::sys
