// Resources: objects of a library that terms refer to.
//
// A resource is a magic object with the library's bytes behind it. Its type's destructor runs with the last reference, on whichever thread
// drops it: in a collection, at a process's exit, or in native code.
#pragma once
#include <atomic>

#include "vm/nif/env.h"
#include "vm/term/magic.h"
#include "vm/term/shared_bytes.h"

namespace joist::nif {

struct MonitorList;  // monitor.cpp

// What a type's resources call. A library that takes the type over publishes another; the old one stays until the type goes, since
// a thread may be reading it.
struct TypeCallbacks {
  ResourceCallbacks fns;
  Library* library;  // retained while this is the current one and has callbacks
  TypeCallbacks* previous = nullptr;
  bool any() const { return fns.destruct || fns.stop || fns.down || fns.dynamic_call; }
};

// Lives as long as a module owns it or a resource of it lives.
struct ResourceType {
  Term module;
  Term name;
  std::atomic<int64_t> references{1};  // the owner's, and the resources'
  std::atomic<TypeCallbacks*> callbacks{nullptr};
  ResourceType* next = nullptr;        // of those that are owned: types' lock
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release();
};

// A type that a load or upgrade callback opened, which counts only once that succeeded.
struct OpenedType {
  OpenedType* next;
  ResourceType* type;
  bool fresh;
  ResourceCallbacks callbacks;
};
void commit_opened_types(Env& env);
void forget_opened_types(Env& env);
// The library's module is gone: the types it still owns lose their owner.
void disown_types(Library& library);

struct Resource final : MagicObject {
  static const char magic_type;
  ResourceType& resource_type;
  size_t size;
  std::atomic<MonitorList*> monitors{nullptr};
  alignas(16) uint8_t data[0];

  static Resource* create(ResourceType& type, size_t size);
  static Resource* of(void* object) { return reinterpret_cast<Resource*>(static_cast<uint8_t*>(object) - sizeof(Resource)); }
  // The resource that a reference, or a binary of a resource's bytes, stands for; null: none.
  static Resource* of_term(Term t);
  const ResourceCallbacks& callbacks() const { return resource_type.callbacks.load(std::memory_order_acquire)->fns; }
  Library* library() const { return resource_type.callbacks.load(std::memory_order_acquire)->library; }
  // Bytes inside (or owned by) it, which keep it alive.
  SharedBytes* share_bytes(const void* bytes, size_t count);
  // One more reference, but for a resource whose last one is gone: false.
  bool retain_living();

  ~Resource() override;
  void operator delete(void* p);

 private:
  Resource(ResourceType& type, size_t bytes) : resource_type(type), size(bytes) {}
};

// monitor.cpp: ends the monitors of a resource that goes.
void drop_monitors(MonitorList* list);
// A process that a resource monitors has exited, or never was; `watcher`: what it knew the resource by.
void process_down(Term watcher, Term pid);
// The reference to the resource for which a process has such a watcher; the non-value when the resource is gone.
Term watching_resource(Heap& heap, Term watcher);

}  // namespace joist::nif
