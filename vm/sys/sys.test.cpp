#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "vm/sys/clock.h"
#include "vm/sys/environment.h"
#include "vm/sys/lock.h"
#include "vm/sys/memory.h"
#include "vm/sys/socket_names.h"
#include "vm/sys/threads.h"

using namespace joist;

TEST_CASE("memory is counted by kind", "[sys]") {
  size_t before = sys::allocated_bytes(sys::Alloc::Ets);
  void* a = sys::allocate(1000, sys::Alloc::Ets);
  REQUIRE(sys::allocated_bytes(sys::Alloc::Ets) >= before + 1000);
  a = sys::reallocate(a, 100000, sys::Alloc::Ets);
  REQUIRE(sys::allocated_bytes(sys::Alloc::Ets) >= before + 100000);
  sys::release(a, sys::Alloc::Ets);
  REQUIRE(sys::allocated_bytes(sys::Alloc::Ets) == before);
  void* b = sys::allocate_aligned(100, 256, sys::Alloc::Ets);
  REQUIRE(uintptr_t(b) % 256 == 0);
  sys::release(b, sys::Alloc::Ets);
}

TEST_CASE("address ranges", "[sys]") {
  auto* p = static_cast<char*>(sys::reserve_range(size_t(1) << 30, size_t(1) << 21));
  REQUIRE(p);
  REQUIRE(uintptr_t(p) % (1 << 21) == 0);
  REQUIRE(sys::commit_range(p, 1 << 20));
  memset(p, 1, 1 << 20);
  sys::decommit_range(p, 1 << 20);
  sys::release_range(p, size_t(1) << 30);
}

TEST_CASE("clocks", "[sys]") {
  sys::init_clock();
  int64_t a = sys::monotonic_time(), b = sys::monotonic_time();
  REQUIRE(a < 0);
  REQUIRE(b >= a);
  REQUIRE(std::abs(sys::system_time() - sys::os_system_time()) < 1000000000);
  sys::CivilTime t;
  REQUIRE(sys::universal_time(951782400, &t));
  REQUIRE((t.year == 2000 && t.month == 2 && t.day == 29));
}

namespace {
struct Shared {
  sys::Mutex mutex;
  sys::RwLock rw;
  sys::Event event;
  size_t count = 0, rw_count = 0;
};
void work(void* p) {
  auto* s = static_cast<Shared*>(p);
  for (int i = 0; i < 20000; i++) {
    {
      sys::Locked guard(s->mutex);
      s->count++;
    }
    if (i % 4 == 0) {
      sys::Locked guard(s->rw);
      s->rw_count++;
    } else {
      sys::LockedShared guard(s->rw);
      if (s->rw_count > 1000000) s->count = 0;
    }
  }
}
}  // namespace

TEST_CASE("threads and locks", "[sys]") {
  Shared s;
  std::vector<sys::Thread*> threads;
  for (int i = 0; i < 4; i++) threads.push_back(sys::thread_start(work, &s, {.name = "test"}));
  for (auto* t : threads) sys::thread_join(t);
  REQUIRE(s.count == 80000);
  REQUIRE(s.rw_count == 20000);
  REQUIRE(sys::cpus_available() >= 1);
}

TEST_CASE("events wake their waiter", "[sys]") {
  Shared s;
  REQUIRE(!s.event.wait_for(1000000));
  auto* t = sys::thread_start([](void* p) {
    sys::sleep_thread(5000000);
    static_cast<Shared*>(p)->event.set();
  }, &s);
  s.event.wait();
  REQUIRE(s.event.is_set());
  REQUIRE(s.event.wait_for(0));
  sys::thread_join(t);
}

TEST_CASE("the protocols that options name are known also where /etc/protocols is missing") {
  std::vector<std::string> last;
  auto all = sys::protocols();
  REQUIRE(all.size() >= 5);
  for (size_t i = all.size() - 5; i < all.size(); i++) last.push_back(all[i].names[0] + " " + std::to_string(all[i].number));
  CHECK(last == std::vector<std::string>{"ip 0", "ipv6 41", "tcp 6", "udp 17", "sctp 132"});
}

TEST_CASE("environment", "[sys]") {
  std::string v;
  REQUIRE(sys::set_env("JOIST_SYS_TEST", "x=y"));
  REQUIRE(sys::get_env("JOIST_SYS_TEST", &v));
  REQUIRE(v == "x=y");
  REQUIRE(sys::unset_env("JOIST_SYS_TEST"));
  REQUIRE(!sys::get_env("JOIST_SYS_TEST", &v));
}
