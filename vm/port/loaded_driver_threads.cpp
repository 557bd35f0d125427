// Threads and locks under the names that drivers know them by.
#include "vm/sys/abi_threads.h"

namespace abi = joist::sys::abi;

extern "C" {

abi::Mutex* erl_drv_mutex_create(char* name) { return abi::mutex_create(name); }
void erl_drv_mutex_destroy(abi::Mutex* mutex) { abi::mutex_destroy(mutex); }
char* erl_drv_mutex_name(abi::Mutex* mutex) { return mutex ? abi::mutex_name(mutex) : nullptr; }
int erl_drv_mutex_trylock(abi::Mutex* mutex) { return abi::mutex_try_lock(mutex); }
void erl_drv_mutex_lock(abi::Mutex* mutex) { abi::mutex_lock(mutex); }
void erl_drv_mutex_unlock(abi::Mutex* mutex) { abi::mutex_unlock(mutex); }

abi::Condition* erl_drv_cond_create(char* name) { return abi::condition_create(name); }
void erl_drv_cond_destroy(abi::Condition* condition) { abi::condition_destroy(condition); }
char* erl_drv_cond_name(abi::Condition* condition) { return condition ? abi::condition_name(condition) : nullptr; }
void erl_drv_cond_signal(abi::Condition* condition) { abi::condition_signal(condition); }
void erl_drv_cond_broadcast(abi::Condition* condition) { abi::condition_broadcast(condition); }
void erl_drv_cond_wait(abi::Condition* condition, abi::Mutex* held) { abi::condition_wait(condition, held); }

abi::RwLock* erl_drv_rwlock_create(char* name) { return abi::rwlock_create(name); }
void erl_drv_rwlock_destroy(abi::RwLock* lock) { abi::rwlock_destroy(lock); }
char* erl_drv_rwlock_name(abi::RwLock* lock) { return lock ? abi::rwlock_name(lock) : nullptr; }
int erl_drv_rwlock_tryrlock(abi::RwLock* lock) { return abi::rwlock_try_read_lock(lock); }
void erl_drv_rwlock_rlock(abi::RwLock* lock) { abi::rwlock_read_lock(lock); }
void erl_drv_rwlock_runlock(abi::RwLock* lock) { abi::rwlock_read_unlock(lock); }
int erl_drv_rwlock_tryrwlock(abi::RwLock* lock) { return abi::rwlock_try_write_lock(lock); }
void erl_drv_rwlock_rwlock(abi::RwLock* lock) { abi::rwlock_write_lock(lock); }
void erl_drv_rwlock_rwunlock(abi::RwLock* lock) { abi::rwlock_write_unlock(lock); }

int erl_drv_tsd_key_create(char* name, int* key) { return abi::data_key_create(name, key); }
void erl_drv_tsd_key_destroy(int key) { abi::data_key_destroy(key); }
void erl_drv_tsd_set(int key, void* data) { abi::data_set(key, data); }
void* erl_drv_tsd_get(int key) { return abi::data_get(key); }

abi::ThreadOptions* erl_drv_thread_opts_create(char* name) { return abi::thread_options_create(name); }
void erl_drv_thread_opts_destroy(abi::ThreadOptions* options) { abi::thread_options_destroy(options); }
int erl_drv_thread_create(char* name, abi::Thread** out, void* (*run)(void*), void* argument, abi::ThreadOptions* options) {
  return abi::thread_create(name, out, run, argument, options);
}
abi::Thread* erl_drv_thread_self() { return abi::thread_self(); }
int erl_drv_equal_tids(abi::Thread* a, abi::Thread* b) { return a == b; }
char* erl_drv_thread_name(abi::Thread* thread) { return thread ? abi::thread_name(thread) : nullptr; }
void erl_drv_thread_exit(void* result) { abi::thread_exit(result); }
int erl_drv_thread_join(abi::Thread* thread, void** result) { return abi::thread_join(thread, result); }

}  // extern "C"
