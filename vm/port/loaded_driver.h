// Drivers that are loaded from shared libraries: who loaded them, who waits for what, and when they go.
//
// A driver is referenced by each process that loaded it (as often as it did), by each of its ports and by each of its jobs in the async
// pool. When the last reference goes, its library is closed, and loaded anew if somebody asked for that meanwhile. A permanent driver
// has no users and never goes. All states change under one lock; `init` and `finish` of a driver run under it too, as in OTP.
#pragma once
#include <atomic>
#include <string>
#include <vector>

#include "vm/port/driver_abi.h"
#include "vm/process/relations.h"
#include "vm/sys/lock.h"

namespace joist {

namespace sys {
struct Library;
}

// Held while code of a driver without port locking runs. A thread may take it again.
class DriverLock {
 public:
  void lock();
  void unlock();

 private:
  sys::Mutex mutex_{sys::LockRank::Port};
  std::atomic<const void*> holder_{nullptr};  // identifies the thread
  unsigned depth_ = 0;                        // the holder's
};

enum class DriverStatus : uint8_t { Loaded, Unloading, ForcedUnloading, Reloading, ForcedReloading, Permanent };
enum class DriverUse : uint8_t { Loaded, AwaitsLoad, AwaitsUnload, AwaitsUnloadOnly };

struct DriverUser {
  Term pid;
  DriverUse use;
  bool counted = false;  // has a reference
  RefKey ref;            // of who awaits
};

struct LoadedDriver {
  std::string name;
  const driver_abi::Entry* entry = nullptr;
  DriverLock lock;
  sys::Library* library = nullptr;     // null: the driver added itself (add_driver_entry)
  std::atomic<int64_t> references{0};
  std::atomic<int> ports{0};
  // ---- under the lock of the drivers
  DriverStatus status = DriverStatus::Loaded;
  bool kills_ports = false;
  std::string path;
  std::string next_path;               // of the library that replaces it
  bool next_kills_ports = false;
  std::vector<DriverUser> users;

  bool has_flag(driver_abi::EntryFlag flag) const { return entry->flags & flag; }
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
};

// Gives up a reference; the last one ends the driver. Not with a driver's lock held.
void release_driver(LoadedDriver& driver);
// The driver that a port may be opened on, with a reference and counted as having one port more; null: none.
LoadedDriver* acquire_driver(std::string_view name);
// The same of a driver that is in use; false when no more ports may be opened.
bool acquire_port_of(LoadedDriver& driver);
// A port of it is gone.
void release_port_of(LoadedDriver& driver);
// The driver stays from now on (driver_lock_driver).
void make_driver_permanent(LoadedDriver& driver);
// add_driver_entry and remove_driver_entry. False: there is none, or it came from a library.
void add_driver(const driver_abi::Entry& entry);
bool remove_driver(const driver_abi::Entry& entry);
void for_each_driver_name(void (*f)(std::string_view name, void* argument), void* argument);

// ---- erl_ddll. Errors are terms that need no heap but {open_error, Number}.

// Why a library could not be loaded: an atom, or the number behind {open_error, Number}.
struct DriverError {
  const char* name = nullptr;
  int number = 0;
};
// What a function of erl_ddll answers: {ok, Result} or {ok, Result, ref}, {error, Result} or {error, the load error}.
struct DriverAnswer {
  bool ok = false;
  Term result = Term();
  bool has_ref = false;
  RefKey ref = {};
  DriverError error = {};
};
enum class DriverWait : uint8_t { No, Driver, Always };  // {monitor | reload, pending_driver | pending}

// ---- at start, before processes run
void init_loaded_drivers();
// Threads of the async pool, as +A says.
void set_async_threads(size_t count);
size_t async_threads();
// For driver_system_info.
void set_driver_system(std::string erts_version, std::string otp_release);

DriverAnswer load_driver(Process& user, const std::string& path, const std::string& name, bool kill_ports, DriverWait monitor, DriverWait reload);
DriverAnswer unload_driver(Process& user, const std::string& name, bool kill_ports, DriverWait monitor);
// The message for `use` comes at once or later; ref is its reference.
void monitor_driver(Process& user, const std::string& name, Term name_term, DriverUse use, RefKey ref);
void demonitor_driver(Process& user, RefKey ref);
// What went wrong, for people; false when the number is none that load_driver gave.
bool load_error_text(int number, std::string* text);

struct DriverInfo {
  DriverStatus status;
  bool built_in;  // not from a library
  bool kills_ports;
  int ports;
  std::vector<DriverUser> users;
};
bool driver_info(std::string_view name, DriverInfo* out);

}  // namespace joist
