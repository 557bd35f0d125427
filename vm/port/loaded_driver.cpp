#include "vm/port/loaded_driver.h"

#include <algorithm>

#include "vm/code/taints.h"
#include "vm/port/loaded_port.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/library.h"

namespace joist {
namespace {

using sys::Library;

sys::Mutex drivers_lock(sys::LockRank::Drivers);
std::vector<LoadedDriver*> drivers;        // drivers_lock
std::vector<std::string> open_errors;      // drivers_lock; what the OS said, by number
std::atomic<size_t> listed_users{0};       // of all drivers: a process that exits looks for its own only when there are any
thread_local bool starting_driver = false; // `init` runs, which may add drivers

constexpr int first_open_error = -10;  // {open_error, Number}: downwards from here

constexpr DriverError no_error{}, no_init{"no_driver_init", -1}, failed_init{"driver_init_failed", -2}, bad_name{"bad_driver_name", -3},
    name_too_long{"driver_name_to_long", -4}, wrong_version{"driver_incorrect_version", -5};

LoadedDriver* find(std::string_view name) {
  for (LoadedDriver* d : drivers)
    if (d->name == name) return d;
  return nullptr;
}

bool may_open(const LoadedDriver& d) { return d.status != DriverStatus::ForcedUnloading && d.status != DriverStatus::ForcedReloading; }
bool take_port(LoadedDriver& d) {
  if (!may_open(d)) return false;
  d.ports++;
  d.retain();
  return true;
}
bool reloads(const LoadedDriver& d) { return d.status == DriverStatus::Reloading || d.status == DriverStatus::ForcedReloading; }

// ---- messages: {'UP' | 'DOWN', Ref, driver, Name, Tag | {Tag, Error}}

enum class News { Up, Down };

void tell(const DriverUser& user, Term name, News news, const char* tag, DriverError error = no_error) {
  Process* process = find_process(user.pid);
  if (!process) return;
  MessageBuilder message(6 + 3 + 3 + ref_words);
  HeapWriter& w = message.writer();
  static const Term up = make_atom("UP"), driver = make_atom("driver"), open_error = make_atom("open_error");
  Term what = make_atom(tag);
  if (error.number) what = w.tuple(what, error.name ? make_atom(error.name) : w.tuple(open_error, Term::small(error.number)));
  Term ref = write_ref(w, user.ref);
  message.send(*process, Term(), w.tuple(news == News::Up ? up : atom::DOWN, ref, driver, name, what));
}

template <class F>
void remove_users(LoadedDriver& d, F is_it) {
  size_t before = d.users.size();
  std::erase_if(d.users, is_it);
  listed_users -= before - d.users.size();
}

void tell_all(LoadedDriver& d, DriverUse use, News news, const char* tag) {
  remove_users(d, [&](const DriverUser& user) {
    if (user.use != use) return false;
    tell(user, make_atom(d.name), news, tag);
    return true;
  });
}

void add_user(LoadedDriver& d, DriverUser user) {
  d.users.insert(d.users.begin(), user);
  listed_users++;
}

bool is_loader(const DriverUser& user) { return user.use == DriverUse::Loaded; }
size_t loads(const LoadedDriver& d) { return size_t(std::count_if(d.users.begin(), d.users.end(), is_loader)); }
DriverUser* load_of(LoadedDriver& d, Term pid) {
  for (DriverUser& user : d.users)
    if (is_loader(user) && user.pid.same(pid)) return &user;
  return nullptr;
}

void remove_user(LoadedDriver& d, const DriverUser* user) {
  d.users.erase(d.users.begin() + (user - d.users.data()));
  listed_users--;
}

// ---- libraries

// The text behind "FILE: " of what the OS says, numbered.
DriverError open_error(const std::string& file, std::string text) {
  if (text.starts_with(file + ": ")) text.erase(0, file.size() + 2);
  size_t i = size_t(std::find(open_errors.begin(), open_errors.end(), text) - open_errors.begin());
  if (i == open_errors.size()) open_errors.push_back(text);
  return {nullptr, first_open_error - int(i)};
}

DriverError check_entry(const driver_abi::Entry* entry, const std::string& name) {
  using namespace driver_abi;
  if (!entry) return failed_init;
  bool newer = entry->major > major_version || (entry->major == major_version && entry->minor > minor_version);
  if (entry->marker != entry_marker || entry->major < least_major_version || newer) return wrong_version;
  if (name != entry->name) return bad_name;
  return no_error;
}

DriverError start_driver(const driver_abi::Entry& entry) {
  if (!entry.init) return no_error;
  bool nested = std::exchange(starting_driver, true);
  int failed = entry.init();
  starting_driver = nested;
  return failed ? failed_init : no_error;
}

// Opens the library and has the driver started.
DriverError open_library(LoadedDriver& d, const std::string& path) {
  std::string file = path + ".so", why;
  if (file.size() >= 4096) return name_too_long;
  Library* library = sys::library_open(file.c_str(), &why);
  if (!library) return open_error(file, why);
  auto init = reinterpret_cast<const driver_abi::Entry* (*)()>(sys::library_symbol(library, "driver_init", &why));
  const driver_abi::Entry* entry = init ? init() : nullptr;
  DriverError error = init ? check_entry(entry, d.name) : no_init;
  if (!error.number) error = start_driver(*entry);
  if (error.number) {
    sys::library_close(library);
    return error;
  }
  d.library = library;
  d.entry = entry;
  d.path = path;
  d.status = DriverStatus::Loaded;
  add_taint(make_atom(d.name));
  return no_error;
}

void forget(LoadedDriver& d) {
  std::erase(drivers, &d);
  listed_users -= d.users.size();
  delete &d;
}

// The last reference is gone: the library goes, or another takes its place.
void end_driver(LoadedDriver& d) {
  bool again = reloads(d);
  Term name = make_atom(d.name);
  if (d.entry->finish) d.entry->finish();
  if (d.library) sys::library_close(d.library);
  remove_users(d, [&](const DriverUser& user) {
    if (user.use != DriverUse::AwaitsUnload && user.use != DriverUse::AwaitsUnloadOnly) return false;
    tell(user, name, News::Down, "unloaded");
    return true;
  });
  if (!again) return forget(d);
  DriverError error = open_library(d, d.next_path);
  d.kills_ports = d.next_kills_ports;
  remove_users(d, [&](DriverUser& user) {
    if (user.use == DriverUse::AwaitsLoad) {
      if (error.number) tell(user, name, News::Down, "load_failure", error);
      else tell(user, name, News::Up, "loaded");
      return true;
    }
    user.counted = true;
    d.retain();
    return false;
  });
  if (error.number) forget(d);
}

void release_locked(LoadedDriver& d) {
  if (d.references.fetch_sub(1, std::memory_order_acq_rel) == 1) end_driver(d);
}

// Who loads it no longer counts; once nobody does it is to be unloaded, and a reload is off.
void drop_loader(LoadedDriver& d, const DriverUser* user) {
  bool counted = user->counted;
  remove_user(d, user);
  if (counted) d.references.fetch_sub(1, std::memory_order_acq_rel);  // the caller holds another
}

void nobody_uses(LoadedDriver& d) {
  if (reloads(d)) tell_all(d, DriverUse::AwaitsLoad, News::Down, "load_cancelled");
  d.status = DriverStatus::Unloading;
}

// A reference kept while the lock may be given up.
class Held {
 public:
  explicit Held(LoadedDriver& d) : d_(d) { d.retain(); }
  ~Held() { release_locked(d_); }

 private:
  LoadedDriver& d_;
};

// drivers_lock is given up meanwhile; the caller holds a reference.
void kill_ports(LoadedDriver& d) {
  drivers_lock.unlock();
  kill_ports_of(d);
  drivers_lock.lock();
}

DriverAnswer refused(const char* why) { return {.result = make_atom(why)}; }

DriverAnswer accepted(LoadedDriver& d, Process& user, const char* what, bool monitored, DriverUse use) {
  DriverAnswer answer{.ok = true, .result = make_atom(what), .has_ref = monitored};
  if (monitored) {
    answer.ref = fresh_ref_key();
    add_user(d, {user.pid, use, false, answer.ref});
  }
  return answer;
}

DriverAnswer use_loaded(LoadedDriver& d, Process& user, const std::string& path, bool kill) {
  if (d.path != path || d.kills_ports != kill) return refused("inconsistent");
  if (d.status != DriverStatus::Loaded) {
    d.status = DriverStatus::Loaded;
    tell_all(d, DriverUse::AwaitsUnload, News::Up, "unload_cancelled");
  }
  add_user(d, {user.pid, DriverUse::Loaded, true, {}});
  d.retain();
  return accepted(d, user, "already_loaded", false, DriverUse::AwaitsLoad);
}

DriverAnswer reload(LoadedDriver& d, Process& user, const std::string& path, bool kill, DriverWait monitor, DriverWait when) {
  DriverUser* own = load_of(d, user.pid);
  if (when == DriverWait::Driver && !(own && loads(d) == 1)) return refused("pending_process");
  if (d.kills_ports != kill) return refused("inconsistent");
  if (!own) return refused("not_loaded_by_this_process");
  Held held(d);
  drop_loader(d, own);
  for (DriverUser& other : d.users)
    if (is_loader(other) && std::exchange(other.counted, false)) d.references.fetch_sub(1, std::memory_order_acq_rel);
  add_user(d, {user.pid, DriverUse::Loaded, false, {}});
  d.status = DriverStatus::Reloading;
  d.next_path = path;
  d.next_kills_ports = kill;
  if (d.kills_ports) {
    d.status = DriverStatus::ForcedReloading;
    kill_ports(d);
  }
  return accepted(d, user, when == DriverWait::Driver ? "pending_driver" : "pending_process", monitor != DriverWait::No, DriverUse::AwaitsLoad);
}

// A process that used drivers exits.
bool forget_process(Process& process) {
  if (!listed_users.load(std::memory_order_relaxed)) return true;
  sys::Locked lock(drivers_lock);
  for (size_t i = drivers.size(); i-- > 0;) {
    LoadedDriver& d = *drivers[i];
    bool used = std::any_of(d.users.begin(), d.users.end(), [&](const DriverUser& user) { return user.pid.same(process.pid); });
    if (!used) continue;
    Held held(d);
    bool had_loaded = loads(d) > 0;
    remove_users(d, [&](const DriverUser& user) {
      if (!user.pid.same(process.pid)) return false;
      if (user.counted) d.references.fetch_sub(1, std::memory_order_acq_rel);
      return true;
    });
    if (!had_loaded || loads(d)) continue;
    nobody_uses(d);
    if (!d.kills_ports || !d.ports.load()) continue;
    d.status = DriverStatus::ForcedUnloading;
    kill_ports(d);
    i = std::min(i, drivers.size());  // others may have gone meanwhile
  }
  return true;
}

LoadedDriver* new_driver(const std::string& name) {
  auto* d = new LoadedDriver;
  d->name = name;
  return d;
}

}  // namespace

void init_loaded_drivers() { process_hooks.exit_steps[size_t(ExitStep::Drivers)] = forget_process; }

void DriverLock::lock() {
  static thread_local char thread;
  if (holder_.load(std::memory_order_relaxed) != &thread) {
    mutex_.lock();
    holder_.store(&thread, std::memory_order_relaxed);
  }
  depth_++;
}

void DriverLock::unlock() {
  if (--depth_) return;
  holder_.store(nullptr, std::memory_order_relaxed);
  mutex_.unlock();
}

void release_driver(LoadedDriver& d) {
  int64_t now = d.references.load(std::memory_order_relaxed);
  while (now > 1)
    if (d.references.compare_exchange_weak(now, now - 1, std::memory_order_acq_rel)) return;
  sys::Locked lock(drivers_lock);
  release_locked(d);
}

LoadedDriver* acquire_driver(std::string_view name) {
  sys::Locked lock(drivers_lock);
  LoadedDriver* d = find(name);
  return d && take_port(*d) ? d : nullptr;
}

bool acquire_port_of(LoadedDriver& d) {
  sys::Locked lock(drivers_lock);
  return take_port(d);
}

void release_port_of(LoadedDriver& d) {
  d.ports--;
  release_driver(d);
}

void make_driver_permanent(LoadedDriver& d) {
  sys::Locked lock(drivers_lock);
  if (d.status == DriverStatus::Permanent) return;
  for (DriverUse use : {DriverUse::AwaitsLoad, DriverUse::AwaitsUnload, DriverUse::AwaitsUnloadOnly}) tell_all(d, use, News::Up, "permanent");
  remove_users(d, [](const DriverUser&) { return true; });
  d.retain();
  d.status = DriverStatus::Permanent;
}

void add_driver(const driver_abi::Entry& entry) {
  // `init` of a driver, under the lock, may add another.
  bool locked = starting_driver;
  if (!locked) drivers_lock.lock();
  if (LoadedDriver* d = new_driver(entry.name); start_driver(entry).number) {
    delete d;
  } else {
    d->entry = &entry;
    d->status = DriverStatus::Permanent;
    d->retain();
    drivers.push_back(d);
  }
  if (!locked) drivers_lock.unlock();
}

bool remove_driver(const driver_abi::Entry& entry) {
  sys::Locked lock(drivers_lock);
  for (LoadedDriver* d : drivers) {
    if (d->entry != &entry || d->library) continue;
    release_locked(*d);
    return true;
  }
  return false;
}

void for_each_driver_name(void (*f)(std::string_view, void*), void* argument) {
  sys::Locked lock(drivers_lock);
  for (size_t i = drivers.size(); i-- > 0;) f(drivers[i]->name, argument);
}

DriverAnswer load_driver(Process& user, const std::string& path, const std::string& name, bool kill, DriverWait monitor, DriverWait when) {
  bool again = when != DriverWait::No;
  sys::Locked lock(drivers_lock);
  LoadedDriver* d = find(name);
  if (!d) {
    if (again) return refused("not_loaded");
    d = new_driver(name);
    if (DriverError error = open_library(*d, path); error.number) {
      delete d;
      return {.error = error};
    }
    d->kills_ports = kill;
    drivers.push_back(d);
    add_user(*d, {user.pid, DriverUse::Loaded, true, {}});
    d->retain();
    return accepted(*d, user, "loaded", false, DriverUse::AwaitsLoad);
  }
  switch (d->status) {
    case DriverStatus::Permanent: return refused(d->library ? "permanent" : "linked_in_driver");
    case DriverStatus::Loaded: return again ? reload(*d, user, path, kill, monitor, when) : use_loaded(*d, user, path, kill);
    case DriverStatus::Unloading:
    case DriverStatus::ForcedUnloading: return again ? refused("not_loaded_by_this_process") : use_loaded(*d, user, path, kill);
    case DriverStatus::Reloading:
    case DriverStatus::ForcedReloading: break;
  }
  if (again) return refused("pending_reload");
  if (d->next_path != path || d->next_kills_ports != kill) return refused("inconsistent");
  add_user(*d, {user.pid, DriverUse::Loaded, false, {}});  // gets its reference when the driver is there again
  return accepted(*d, user, "pending_driver", true, DriverUse::AwaitsLoad);
}

DriverAnswer unload_driver(Process& user, const std::string& name, bool kill, DriverWait monitor) {
  sys::Locked lock(drivers_lock);
  LoadedDriver* d = find(name);
  if (!d) return refused("not_loaded");
  if (d->status == DriverStatus::Permanent) return refused(d->library ? "permanent" : "linked_in_driver");
  DriverUser* own = load_of(*d, user.pid);
  if (!own && loads(*d)) return refused("not_loaded_by_this_process");
  Held held(*d);
  if (own) drop_loader(*d, own);
  if (loads(*d)) return accepted(*d, user, "pending_process", monitor == DriverWait::Always, DriverUse::AwaitsUnload);
  nobody_uses(*d);
  if ((kill || d->kills_ports) && d->ports.load()) {
    d->status = DriverStatus::ForcedUnloading;
    kill_ports(*d);
  }
  return accepted(*d, user, "pending_driver", monitor != DriverWait::No, DriverUse::AwaitsUnload);
}

void monitor_driver(Process& user, const std::string& name, Term name_term, DriverUse use, RefKey ref) {
  sys::Locked lock(drivers_lock);
  LoadedDriver* d = find(name);
  DriverUser waiting{user.pid, use, false, ref};
  auto now = [&](News news, const char* tag) { tell(waiting, name_term, news, tag); };
  if (!d) return now(News::Down, "unloaded");
  if (d->status == DriverStatus::Permanent) return now(News::Up, "permanent");
  if (use == DriverUse::AwaitsLoad && !reloads(*d))
    return d->status == DriverStatus::Loaded ? now(News::Up, "loaded") : now(News::Down, "load_cancelled");
  add_user(*d, waiting);
}

void demonitor_driver(Process& user, RefKey ref) {
  if (!listed_users.load(std::memory_order_relaxed)) return;
  sys::Locked lock(drivers_lock);
  for (LoadedDriver* d : drivers)
    remove_users(*d, [&](const DriverUser& u) { return u.use != DriverUse::Loaded && u.pid.same(user.pid) && u.ref == ref; });
}

bool load_error_text(int number, std::string* text) {
  sys::Locked lock(drivers_lock);
  size_t i = size_t(first_open_error - number);
  if (number > first_open_error || i >= open_errors.size()) return false;
  *text = open_errors[i];
  return true;
}

bool driver_info(std::string_view name, DriverInfo* out) {
  sys::Locked lock(drivers_lock);
  LoadedDriver* d = find(name);
  if (!d) return false;
  *out = {d->status, !d->library, d->kills_ports, d->ports.load(), d->users};
  return true;
}

}  // namespace joist
