// Threads, locks and thread-specific data for native libraries: what stands behind the names of both ABIs, enif_* and erl_drv_*.
//
// Objects are made and destroyed by the library; a null name is allowed everywhere. The try functions return 0 or EBUSY, those that make
// or join a thread 0 or an errno value.
#pragma once
#include <cstddef>

namespace joist::sys::abi {

struct Mutex;
struct Condition;
struct RwLock;
struct Thread;

Mutex* mutex_create(const char* name);
void mutex_destroy(Mutex* mutex);
char* mutex_name(Mutex* mutex);  // null: it has none
int mutex_try_lock(Mutex* mutex);
void mutex_lock(Mutex* mutex);
void mutex_unlock(Mutex* mutex);

Condition* condition_create(const char* name);
void condition_destroy(Condition* condition);
char* condition_name(Condition* condition);
void condition_signal(Condition* condition);
void condition_broadcast(Condition* condition);
// May return without a signal.
void condition_wait(Condition* condition, Mutex* held);

RwLock* rwlock_create(const char* name);
void rwlock_destroy(RwLock* lock);
char* rwlock_name(RwLock* lock);
int rwlock_try_read_lock(RwLock* lock);
void rwlock_read_lock(RwLock* lock);
void rwlock_read_unlock(RwLock* lock);
int rwlock_try_write_lock(RwLock* lock);
void rwlock_write_lock(RwLock* lock);
void rwlock_write_unlock(RwLock* lock);

// Layout of both ABIs' thread options.
struct ThreadOptions {
  int suggested_stack_size = -1;  // kilowords; -1: the OS's default
};
ThreadOptions* thread_options_create(const char* name);
void thread_options_destroy(ThreadOptions* options);
int thread_create(const char* name, Thread** out, void* (*run)(void*), void* argument, const ThreadOptions* options);
// Of any thread; those that were not made here get theirs at the first call.
Thread* thread_self();
char* thread_name(Thread* thread);
// Ends the calling thread, which thread_create made; does nothing on others.
void thread_exit(void* result);
// Once for each thread that thread_create made; the handle is gone then.
int thread_join(Thread* thread, void** result);

// Keys are small numbers; a destroyed one is used again. ENOMEM: there are too many.
int data_key_create(const char* name, int* key);
void data_key_destroy(int key);
void data_set(int key, void* data);
void* data_get(int key);  // null: the thread has set none

}  // namespace joist::sys::abi
