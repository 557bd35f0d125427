// driver_async: a pool of threads that make a driver's long calls; and port data locks.
//
// Jobs with the same key run in order, on one thread. A job holds a reference to its driver. When it is done its port's turn calls
// ready_async; when the port is gone, the job's data is freed by the driver's function.
#include <deque>
#include <vector>

#include "vm/port/loaded_port.h"
#include "vm/port/port_data_lock.h"
#include "vm/sys/threads.h"

namespace joist {
namespace {

struct Job final : PortEvent {
  Term port;
  LoadedDriver* driver;
  void (*invoke)(void*);
  void (*release)(void*);
  void* data;
  ~Job() override {
    if (data && release) release(data);
    release_driver(*driver);
  }
  void run(Port& p) override {
    // The driver owns the data from here on.
    static_cast<LoadedPort*>(p.driver)->run_job_done(std::exchange(data, nullptr));
  }
};

void make_call(std::unique_ptr<Job> job) {
  job->invoke(job->data);
  Term port = job->port;
  post_to_port(port, std::move(job));
}

class JobThread {
 public:
  JobThread() {
    sys::thread_start([](void* self) { static_cast<JobThread*>(self)->run(); }, this, {.name = "async"});
  }
  void add(std::unique_ptr<Job> job) {
    {
      sys::Locked lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    more_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      std::unique_ptr<Job> job;
      {
        sys::Locked lock(mutex_);
        while (jobs_.empty()) more_.wait(mutex_);
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      make_call(std::move(job));
    }
  }
  sys::Mutex mutex_{sys::LockRank::Leaf};
  sys::Condition more_;
  std::deque<std::unique_ptr<Job>> jobs_;
};

size_t thread_count = 1;

// Started when the first job comes; they live as long as the VM.
std::vector<JobThread*>& threads() {
  static auto* all = [] {
    auto* made = new std::vector<JobThread*>;
    for (size_t i = 0; i < thread_count; i++) made->push_back(new JobThread);
    return made;
  }();
  return *all;
}

std::atomic<long> last_job{0};

}  // namespace

void set_async_threads(size_t count) { thread_count = count; }
size_t async_threads() { return thread_count; }

void LoadedPort::port_gone() {
  port = nullptr;
  if (data_lock) data_lock->release();
  else delete this;
}

extern "C" {

// The same key for the jobs of one port, so that they run in order.
unsigned driver_async_port_key(LoadedPort* port) {
  Word number = port->port->id.immediate_payload();
  return unsigned(number ^ number >> 32);
}

long driver_async(LoadedPort* port, unsigned* key, void (*invoke)(void*), void* data, void (*release)(void*)) {
  if (!is_open(port)) return -1;
  auto job = std::make_unique<Job>();
  job->port = port->port->id;
  job->driver = &port->driver;
  job->invoke = invoke;
  job->release = release;
  job->data = data;
  port->driver.retain();
  long number = ++last_job;
  if (!thread_count) return make_call(std::move(job)), number;
  size_t thread = key ? *key : size_t(number);
  if (key && !*key) thread = *key = unsigned(number);
  threads()[thread % thread_count]->add(std::move(job));
  return number;
}

PortDataLock* driver_pdl_create(LoadedPort* port) {
  if (!is_open(port) || port->data_lock) return nullptr;
  return port->data_lock = new PortDataLock(port);
}
void driver_pdl_lock(PortDataLock* lock) {
  lock->references.fetch_add(1, std::memory_order_relaxed);
  lock->mutex.lock();
}
void driver_pdl_unlock(PortDataLock* lock) {
  lock->mutex.unlock();
  lock->release();
}
SWord driver_pdl_get_refc(PortDataLock* lock) { return lock->references.load(); }
SWord driver_pdl_inc_refc(PortDataLock* lock) { return lock->references.fetch_add(1) + 1; }
SWord driver_pdl_dec_refc(PortDataLock* lock) {
  SWord left = lock->references.load() - 1;
  lock->release();
  return left;
}

}  // extern "C"
}  // namespace joist
