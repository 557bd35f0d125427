#include "vm/sys/abi_threads.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include <cstring>
#include <new>
#include <vector>

#include "vm/sys/lock.h"
#include "vm/sys/memory.h"
#include "vm/sys/threads.h"

namespace joist::sys::abi {

namespace {

class Name {
 public:
  Name(const char* text) : text_(text ? static_cast<char*>(allocate(std::strlen(text) + 1, Alloc::Driver)) : nullptr) {
    if (text_) std::strcpy(text_, text);
  }
  ~Name() { release(text_, Alloc::Driver); }
  Name(const Name&) = delete;
  Name& operator=(const Name&) = delete;
  char* text() const { return text_; }

 private:
  char* text_;
};

}  // namespace

struct Mutex {
  Name name;
  sys::Mutex lock;
};
struct Condition {
  Name name;
  sys::Condition condition;
};
struct RwLock {
  Name name;
  sys::RwLock lock;
};
struct Thread {
  Name name;
  pthread_t id = {};
  void* (*run)(void*) = nullptr;  // null: not made here
  void* argument = nullptr;
  void* result = nullptr;
};

Mutex* mutex_create(const char* name) { return create<Mutex>(Alloc::Driver, name); }
void mutex_destroy(Mutex* mutex) { destroy(mutex, Alloc::Driver); }
char* mutex_name(Mutex* mutex) { return mutex ? mutex->name.text() : nullptr; }
int mutex_try_lock(Mutex* mutex) { return mutex->lock.try_lock() ? 0 : EBUSY; }
void mutex_lock(Mutex* mutex) { mutex->lock.lock(); }
void mutex_unlock(Mutex* mutex) { mutex->lock.unlock(); }

Condition* condition_create(const char* name) { return create<Condition>(Alloc::Driver, name); }
void condition_destroy(Condition* condition) { destroy(condition, Alloc::Driver); }
char* condition_name(Condition* condition) { return condition ? condition->name.text() : nullptr; }
void condition_signal(Condition* condition) { condition->condition.notify_one(); }
void condition_broadcast(Condition* condition) { condition->condition.notify_all(); }
void condition_wait(Condition* condition, Mutex* held) { condition->condition.wait(held->lock); }

RwLock* rwlock_create(const char* name) { return create<RwLock>(Alloc::Driver, name); }
void rwlock_destroy(RwLock* lock) { destroy(lock, Alloc::Driver); }
char* rwlock_name(RwLock* lock) { return lock ? lock->name.text() : nullptr; }
int rwlock_try_read_lock(RwLock* lock) { return lock->lock.try_lock_shared() ? 0 : EBUSY; }
void rwlock_read_lock(RwLock* lock) { lock->lock.lock_shared(); }
void rwlock_read_unlock(RwLock* lock) { lock->lock.unlock_shared(); }
int rwlock_try_write_lock(RwLock* lock) { return lock->lock.try_lock() ? 0 : EBUSY; }
void rwlock_write_lock(RwLock* lock) { lock->lock.lock(); }
void rwlock_write_unlock(RwLock* lock) { lock->lock.unlock(); }

// ---- threads

namespace {

thread_local Thread* self = nullptr;
// Handles of threads that were not made here go with them.
struct SelfOwner {
  ~SelfOwner() {
    if (self && !self->run) destroy(self, Alloc::Driver);
    self = nullptr;
  }
};

void* thread_main(void* p) {
  self = static_cast<Thread*>(p);
  if (self->name.text()) set_thread_name(self->name.text());
  self->result = self->run(self->argument);
  return nullptr;
}

}  // namespace

ThreadOptions* thread_options_create(const char*) { return create<ThreadOptions>(Alloc::Driver); }
void thread_options_destroy(ThreadOptions* options) { destroy(options, Alloc::Driver); }

int thread_create(const char* name, Thread** out, void* (*run)(void*), void* argument, const ThreadOptions* options) {
  if (!out || !run) return EINVAL;
  auto* thread = create<Thread>(Alloc::Driver, name);
  thread->run = run;
  thread->argument = argument;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (options && options->suggested_stack_size >= 0) {
    constexpr size_t least = 256 << 10;  // the C library puts thread-local data there, too
    size_t bytes = size_t(options->suggested_stack_size) * 1024 * sizeof(void*);
    pthread_attr_setstacksize(&attributes, bytes < least ? least : bytes);
  }
  // Signals are for a thread of the VM's.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &old);
  int error = pthread_create(&thread->id, &attributes, thread_main, thread);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  pthread_attr_destroy(&attributes);
  if (error) destroy(thread, Alloc::Driver);
  else *out = thread;
  return error;
}

Thread* thread_self() {
  if (!self) {
    static thread_local SelfOwner owner;
    (void)owner;
    self = create<Thread>(Alloc::Driver, nullptr);
    self->id = pthread_self();
  }
  return self;
}

char* thread_name(Thread* thread) { return thread ? thread->name.text() : nullptr; }

void thread_exit(void* result) {
  if (!self || !self->run) return;
  self->result = result;
  pthread_exit(nullptr);
}

int thread_join(Thread* thread, void** result) {
  if (!thread || !thread->run) return EINVAL;
  int error = pthread_join(thread->id, nullptr);
  if (error) return error;
  if (result) *result = thread->result;
  destroy(thread, Alloc::Driver);
  return 0;
}

// ---- thread-specific data

namespace {

constexpr int max_keys = 1 << 16;
sys::Mutex keys_lock;
std::vector<bool>& keys() {  // keys_lock: which are used
  static auto* all = new std::vector<bool>;
  return *all;
}
int first_unused = 0;  // keys_lock: none below is unused

struct ThreadData {
  void** values = nullptr;
  int count = 0;
  ~ThreadData() { release(values, Alloc::Driver); }
};
thread_local ThreadData thread_data;

}  // namespace

int data_key_create(const char*, int* key) {
  Locked<sys::Mutex> locked(keys_lock);
  int free = first_unused;
  while (free < int(keys().size()) && keys()[size_t(free)]) free++;
  if (free == max_keys) return ENOMEM;
  if (free == int(keys().size())) keys().push_back(true);
  else keys()[size_t(free)] = true;
  first_unused = free + 1;
  *key = free;
  return 0;
}

void data_key_destroy(int key) {
  Locked<sys::Mutex> locked(keys_lock);
  if (key < 0 || key >= int(keys().size())) return;
  keys()[size_t(key)] = false;
  if (key < first_unused) first_unused = key;
}

void data_set(int key, void* data) {
  if (key < 0 || key >= max_keys) return;
  if (key >= thread_data.count) {
    int count = key + key / 2 + 8;
    thread_data.values = static_cast<void**>(reallocate(thread_data.values, size_t(count) * sizeof(void*), Alloc::Driver));
    std::memset(thread_data.values + thread_data.count, 0, size_t(count - thread_data.count) * sizeof(void*));
    thread_data.count = count;
  }
  thread_data.values[key] = data;
}

void* data_get(int key) { return key >= 0 && key < thread_data.count ? thread_data.values[key] : nullptr; }

}  // namespace joist::sys::abi
