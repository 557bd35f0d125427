#include "vm/sys/environment.h"

#include <sys/utsname.h>

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm/sys/lock.h"

namespace joist::sys {
namespace {
RwLock lock{LockRank::Environment};
// The variable whose name is empty, which Erlang may set and the C library's environment cannot hold. Children do not get it.
std::string unnamed;          // lock
bool has_unnamed = false;     // lock
}  // namespace

bool get_env(const char* name, std::string* value) {
  LockedShared guard(lock);
  const char* text = *name ? getenv(name) : has_unnamed ? unnamed.c_str() : nullptr;
  if (!text) return false;
  *value = text;
  return true;
}
bool set_env(const char* name, const char* value) {
  Locked guard(lock);
  if (!*name) {
    unnamed = value;
    return has_unnamed = true;
  }
  return setenv(name, value, 1) == 0;
}
bool unset_env(const char* name) {
  Locked guard(lock);
  if (!*name) {
    has_unnamed = false;
    return true;
  }
  return unsetenv(name) == 0;
}
std::vector<std::string> all_env() {
  LockedShared guard(lock);
  std::vector<std::string> all;
  for (char** e = environ; *e; e++) all.emplace_back(*e);
  if (has_unnamed) all.push_back("=" + unnamed);
  return all;
}

long process_id() { return getpid(); }
std::string locale_charset() {
  locale_t locale = newlocale(LC_CTYPE_MASK, "", nullptr);
  if (!locale) return "";
  std::string name = nl_langinfo_l(CODESET, locale);
  freelocale(locale);
  return name;
}
bool locale_is_utf8() { return locale_charset() == "UTF-8"; }

std::string os_release() {
  utsname name;
  return uname(&name) == 0 ? name.release : "";
}

}  // namespace joist::sys
