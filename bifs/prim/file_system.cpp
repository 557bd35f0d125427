// prim_file: what lies in the file system. All of it may block, and so runs on the dirty I/O pool, but for questions about the
// installation's own files.
#include "bifs/prim/file_handle.h"
#include "bifs/prim/installation.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"

namespace joist {

using namespace prim_file;

namespace {

NativeResult on_path(NativeCall& c, int (*work)(const char*)) {
  std::string path;
  if (!path_of(c.arg(0), &path)) return posix_error(c, sys::invalid_argument_error);
  return done(c, work(path.c_str()));
}
NativeResult on_paths(NativeCall& c, int (*work)(const char*, const char*)) {
  std::string a, b;
  if (!path_of(c.arg(0), &a) || !path_of(c.arg(1), &b)) return posix_error(c, sys::invalid_argument_error);
  return done(c, work(a.c_str(), b.c_str()));
}

}  // namespace

// read_info_nif(Path, FollowLinks): #file_info{} with times in seconds since 1970
// kind: LongIo
BIF(prim_file, read_info_nif, 2) {
  int follow;
  if (!int32_of(c.arg(1), &follow)) return badarg();
  std::string path;
  if (!path_of(c.arg(0), &path)) return posix_error(c, sys::invalid_argument_error);
  if (!c.beside && !in_installation(path)) return c.elsewhere();
  sys::FileInfo info;
  if (int error = sys::file_info(path.c_str(), follow != 0, &info)) return posix_error(c, error);
  return info_record(c, info);
}

// kind: DirtyIo
BIF(prim_file, set_permissions_nif, 2) {
  if (!c.arg(1).is_small() || Word(c.arg(1).small_value()) > 0xffffffff) return badarg();
  std::string path;
  if (!path_of(c.arg(0), &path)) return posix_error(c, sys::invalid_argument_error);
  return done(c, sys::set_permissions(path.c_str(), uint32_t(c.arg(1).small_value())));
}

// kind: DirtyIo
BIF(prim_file, set_owner_nif, 3) {
  int uid, gid;
  if (!int32_of(c.arg(1), &uid) || !int32_of(c.arg(2), &gid)) return badarg();
  std::string path;
  if (!path_of(c.arg(0), &path)) return posix_error(c, sys::invalid_argument_error);
  return done(c, sys::set_owner(path.c_str(), uid, gid));
}

// set_time_nif(Path, Accessed, Modified, Created): the last cannot be set on POSIX systems
// kind: DirtyIo
BIF(prim_file, set_time_nif, 4) {
  int64_t access, modify, create;
  if (!arith::to_int64(c.arg(1), &access) || !arith::to_int64(c.arg(2), &modify) || !arith::to_int64(c.arg(3), &create))
    return badarg();
  std::string path;
  if (!path_of(c.arg(0), &path)) return posix_error(c, sys::invalid_argument_error);
  return done(c, sys::set_file_times(path.c_str(), access, modify));
}

// kind: DirtyIo
BIF(prim_file, read_link_nif, 1) {
  std::string path, target;
  if (!path_of(c.arg(0), &path)) return posix_error(c, sys::invalid_argument_error);
  if (int error = sys::read_link(path.c_str(), &target)) return posix_error(c, error);
  return ok_tuple(c, bits::from_text(c.heap(), target));
}

// {ok, [Name]}: last one first, as OTP's
// kind: LongIo
BIF(prim_file, list_dir_nif, 1) {
  std::string path;
  if (!path_of(c.arg(0), &path)) return posix_error(c, sys::invalid_argument_error);
  if (!c.beside && !in_installation(path)) return c.elsewhere();
  std::vector<std::string> names;
  if (int error = sys::list_directory(path.c_str(), &names)) return posix_error(c, error);
  size_t words = 3;
  for (const std::string& name : names) words += 2 + bits::allocate_words(name.size() * 8);
  HeapWriter w = c.heap().reserve(Words(words));
  Term list = nil;
  for (const std::string& name : names) {
    uint8_t* bytes;
    Term binary = bits::allocate(w, name.size() * 8, &bytes);
    name.copy(reinterpret_cast<char*>(bytes), name.size());
    if (name.size() > HeapBits::max_bytes) c.heap().charge_virtual(Bytes(name.size()));
    list = w.cons(binary, list);
  }
  Term result = w.tuple(atom::ok, list);
  c.heap().commit(w);
  return result;
}

// kind: DirtyIo
BIF(prim_file, make_hard_link_nif, 2) { return on_paths(c, sys::make_hard_link); }
// kind: DirtyIo
BIF(prim_file, make_soft_link_nif, 2) { return on_paths(c, sys::make_symlink); }
// kind: DirtyIo
BIF(prim_file, rename_nif, 2) { return on_paths(c, sys::rename_file); }
// kind: DirtyIo
BIF(prim_file, make_dir_nif, 1) { return on_path(c, sys::make_directory); }
// kind: DirtyIo
BIF(prim_file, del_file_nif, 1) { return on_path(c, sys::delete_file); }
// kind: DirtyIo
BIF(prim_file, del_dir_nif, 1) { return on_path(c, sys::delete_directory); }
// kind: DirtyIo
BIF(prim_file, set_cwd_nif, 1) { return on_path(c, sys::set_working_directory); }

// kind: DirtyIo
BIF(prim_file, get_cwd_nif, 0) {
  std::string path;
  if (int error = sys::working_directory(&path)) return posix_error(c, error);
  return ok_tuple(c, bits::from_text(c.heap(), path));
}

// Drives have a working folder of their own on Windows only, and so have short names.
// kind: DirtyIo
BIF(prim_file, get_device_cwd_nif, 1) {
  int index;
  return int32_of(c.arg(0), &index) ? NativeResult(posix_error(c, sys::not_supported_error)) : badarg();
}
// kind: DirtyIo
BIF(prim_file, altname_nif, 1) {
  std::string path;
  bool good = path_of(c.arg(0), &path);
  return posix_error(c, good ? sys::not_supported_error : sys::invalid_argument_error);
}

}  // namespace joist
