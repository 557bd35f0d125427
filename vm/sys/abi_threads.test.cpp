#include "vm/sys/abi_threads.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>

namespace abi = joist::sys::abi;

namespace {

struct Counter {
  abi::Mutex* mutex = abi::mutex_create("counter");
  abi::Condition* changed = abi::condition_create(nullptr);
  int value = 0;
  ~Counter() {
    abi::condition_destroy(changed);
    abi::mutex_destroy(mutex);
  }
};

void* count(void* argument) {
  auto* counter = static_cast<Counter*>(argument);
  for (int i = 0; i < 1000; i++) {
    abi::mutex_lock(counter->mutex);
    counter->value++;
    abi::condition_signal(counter->changed);
    abi::mutex_unlock(counter->mutex);
  }
  return counter;
}

void* leave(void* argument) {
  abi::thread_exit(argument);
  return nullptr;
}

int data_key;
void* own_data(void* argument) {
  bool clean = abi::data_get(data_key) == nullptr;
  abi::data_set(data_key, argument);
  return clean && abi::data_get(data_key) == argument ? argument : nullptr;
}

}  // namespace

TEST_CASE("library threads: a thread is waited for by a condition and joined with its result") {
  Counter counter;
  abi::Thread* thread = nullptr;
  auto* options = abi::thread_options_create("options");
  options->suggested_stack_size = 16;
  REQUIRE(abi::thread_create("counting", &thread, count, &counter, options) == 0);
  abi::thread_options_destroy(options);
  CHECK(std::strcmp(abi::thread_name(thread), "counting") == 0);
  abi::mutex_lock(counter.mutex);
  CHECK(abi::mutex_try_lock(counter.mutex) == EBUSY);
  while (counter.value < 1000) abi::condition_wait(counter.changed, counter.mutex);
  abi::mutex_unlock(counter.mutex);
  void* result = nullptr;
  CHECK(abi::thread_join(thread, &result) == 0);
  CHECK(result == &counter);
  CHECK(std::strcmp(abi::mutex_name(counter.mutex), "counter") == 0);
  CHECK(abi::condition_name(counter.changed) == nullptr);
}

TEST_CASE("library threads: a thread may end before its function does") {
  abi::Thread* thread = nullptr;
  int mark;
  REQUIRE(abi::thread_create(nullptr, &thread, leave, &mark, nullptr) == 0);
  void* result = nullptr;
  CHECK(abi::thread_join(thread, &result) == 0);
  CHECK(result == &mark);
  CHECK(abi::thread_self() == abi::thread_self());
  CHECK(abi::thread_join(abi::thread_self(), nullptr) == EINVAL);
}

TEST_CASE("library threads: data of a key belongs to one thread") {
  REQUIRE(abi::data_key_create("data", &data_key) == 0);
  int here, there;
  abi::data_set(data_key, &here);
  abi::Thread* thread = nullptr;
  REQUIRE(abi::thread_create("data", &thread, own_data, &there, nullptr) == 0);
  void* result = nullptr;
  CHECK(abi::thread_join(thread, &result) == 0);
  CHECK(result == &there);
  CHECK(abi::data_get(data_key) == &here);
  abi::data_set(data_key, nullptr);
  abi::data_key_destroy(data_key);
}

TEST_CASE("library threads: a lock for readers and writers") {
  auto* lock = abi::rwlock_create("rw");
  abi::rwlock_read_lock(lock);
  CHECK(abi::rwlock_try_read_lock(lock) == 0);
  CHECK(abi::rwlock_try_write_lock(lock) == EBUSY);
  abi::rwlock_read_unlock(lock);
  abi::rwlock_read_unlock(lock);
  CHECK(abi::rwlock_try_write_lock(lock) == 0);
  CHECK(abi::rwlock_try_read_lock(lock) == EBUSY);
  abi::rwlock_write_unlock(lock);
  abi::rwlock_destroy(lock);
}
