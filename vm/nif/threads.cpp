// The names by which NIF libraries know vm/sys's threads and locks.
#include "vm/nif/abi.h"
#include "vm/sys/abi_threads.h"

namespace joist::nif {

namespace abi = sys::abi;

ENIF(abi::Mutex*, mutex_create)(char* name) { return abi::mutex_create(name); }
ENIF(void, mutex_destroy)(abi::Mutex* m) { abi::mutex_destroy(m); }
ENIF(char*, mutex_name)(abi::Mutex* m) { return abi::mutex_name(m); }
ENIF(int, mutex_trylock)(abi::Mutex* m) { return abi::mutex_try_lock(m); }
ENIF(void, mutex_lock)(abi::Mutex* m) { abi::mutex_lock(m); }
ENIF(void, mutex_unlock)(abi::Mutex* m) { abi::mutex_unlock(m); }

ENIF(abi::Condition*, cond_create)(char* name) { return abi::condition_create(name); }
ENIF(void, cond_destroy)(abi::Condition* c) { abi::condition_destroy(c); }
ENIF(char*, cond_name)(abi::Condition* c) { return abi::condition_name(c); }
ENIF(void, cond_signal)(abi::Condition* c) { abi::condition_signal(c); }
ENIF(void, cond_broadcast)(abi::Condition* c) { abi::condition_broadcast(c); }
ENIF(void, cond_wait)(abi::Condition* c, abi::Mutex* m) { abi::condition_wait(c, m); }

ENIF(abi::RwLock*, rwlock_create)(char* name) { return abi::rwlock_create(name); }
ENIF(void, rwlock_destroy)(abi::RwLock* l) { abi::rwlock_destroy(l); }
ENIF(char*, rwlock_name)(abi::RwLock* l) { return abi::rwlock_name(l); }
ENIF(int, rwlock_tryrlock)(abi::RwLock* l) { return abi::rwlock_try_read_lock(l); }
ENIF(void, rwlock_rlock)(abi::RwLock* l) { abi::rwlock_read_lock(l); }
ENIF(void, rwlock_runlock)(abi::RwLock* l) { abi::rwlock_read_unlock(l); }
ENIF(int, rwlock_tryrwlock)(abi::RwLock* l) { return abi::rwlock_try_write_lock(l); }
ENIF(void, rwlock_rwlock)(abi::RwLock* l) { abi::rwlock_write_lock(l); }
ENIF(void, rwlock_rwunlock)(abi::RwLock* l) { abi::rwlock_write_unlock(l); }

ENIF(int, tsd_key_create)(char* name, int* key) { return abi::data_key_create(name, key); }
ENIF(void, tsd_key_destroy)(int key) { abi::data_key_destroy(key); }
ENIF(void, tsd_set)(int key, void* data) { abi::data_set(key, data); }
ENIF(void*, tsd_get)(int key) { return abi::data_get(key); }

ENIF(abi::ThreadOptions*, thread_opts_create)(char* name) { return abi::thread_options_create(name); }
ENIF(void, thread_opts_destroy)(abi::ThreadOptions* options) { abi::thread_options_destroy(options); }
ENIF(int, thread_create)(char* name, abi::Thread** out, void* (*run)(void*), void* argument, abi::ThreadOptions* options) {
  return abi::thread_create(name, out, run, argument, options);
}
ENIF(char*, thread_name)(abi::Thread* t) { return abi::thread_name(t); }
ENIF(abi::Thread*, thread_self)() { return abi::thread_self(); }
ENIF(int, equal_tids)(abi::Thread* a, abi::Thread* b) { return a == b; }
ENIF(void, thread_exit)(void* result) { abi::thread_exit(result); }
ENIF(int, thread_join)(abi::Thread* t, void** result) { return abi::thread_join(t, result); }

}  // namespace joist::nif
