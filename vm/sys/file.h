// Files and folders of the OS, as the natives of prim_file see them. Every call may block: they are for dirty I/O threads and for
// boot. Errors are errno values, 0 meaning none; error_name (stream.h) says them in Erlang's words.
#pragma once
#include <string>
#include <vector>

#include "vm/base/types.h"

namespace joist::sys {

struct OpenMode {
  bool read = false, write = false, append = false, exclusive = false, sync = false, directory = false;
  bool skip_type_check = false;  // a folder may be opened as if it were a file
  bool at_once = false;          // what is no regular file is opened without waiting for another side, and its reads do not wait either
};
// write alone truncates; all that write create the file.
int open_file(const char* path, OpenMode mode, int* fd);
int close_file(int fd);
// Whether it is an open descriptor; else EBADF.
int check_descriptor(int fd);
// Whether this user may execute it.
int check_executable(const char* path);
int duplicate_file(int fd, int* copy);

struct IoSlice {
  uint8_t* data;
  size_t size;
};
inline constexpr int64_t at_position = -1;  // offset of the calls below: where the file stands, moving it on
// Reads until `size` bytes or the end. *count is 0 only at the end (or for size 0).
int read_file_bytes(int fd, int64_t offset, uint8_t* data, size_t size, size_t* count);
// Writes everything.
int write_file_bytes(int fd, int64_t offset, IoSlice* slices, size_t count);

enum class Seek : uint8_t { Begin, Current, End };
int seek_file(int fd, Seek from, int64_t offset, int64_t* position);
int sync_file(int fd, bool data_only);
// Cuts the file off where it stands.
int truncate_file(int fd);
int allocate_file(int fd, int64_t offset, int64_t size);
enum class Advice : uint8_t { Normal, Random, Sequential, WillNeed, DontNeed, NoReuse };
int advise_file(int fd, int64_t offset, int64_t size, Advice advice);

enum class FileType : uint8_t { Device, Directory, Regular, Symlink, Other };
struct FileInfo {
  FileType type;
  bool may_read, may_write;
  uint64_t size;
  int64_t access_time, modify_time, change_time;  // seconds since 1970
  uint32_t mode, links, device, raw_device, uid, gid;
  uint64_t inode;
};
int file_info(const char* path, bool follow_link, FileInfo* out);
// Access is told from the mode bits, not asked of the OS.
int open_file_info(int fd, FileInfo* out);

int set_permissions(const char* path, uint32_t mode);
int set_owner(const char* path, int uid, int gid);
int set_file_times(const char* path, int64_t access, int64_t modify);
int read_link(const char* path, std::string* out);
// Without "." and "..", as the OS orders them.
int list_directory(const char* path, std::vector<std::string>* names);
int rename_file(const char* from, const char* to);
int make_hard_link(const char* existing, const char* link);
int make_symlink(const char* existing, const char* link);
int make_directory(const char* path);
int delete_file(const char* path);
int delete_directory(const char* path);
int set_working_directory(const char* path);
int working_directory(std::string* out);

// errno values that natives return of their own.
extern const int invalid_argument_error, no_memory_error, not_supported_error;

}  // namespace joist::sys
