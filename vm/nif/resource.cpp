#include "vm/nif/resource.h"

#include <cstring>
#include <new>

#include "vm/nif/library.h"
#include "vm/sys/lock.h"
#include "vm/sys/memory.h"
#include "vm/term/bits.h"
#include "vm/term/magic_ref.h"

namespace joist::nif {

// ---- types

namespace {

sys::Mutex types_lock{sys::LockRank::NifModule};
ResourceType* owned_types = nullptr;  // types_lock

ResourceType** find_type(Term module, Term name) {
  ResourceType** at = &owned_types;
  while (*at && !((*at)->module.same(module) && (*at)->name.same(name))) at = &(*at)->next;
  return at;
}

// Copies what the library, compiled for an older version, may have left out.
ResourceType* open_type(Env* env, const char* name, const ResourceCallbacks& callbacks, int flags, int* tried) {
  if (!env->may_open_types) return nullptr;
  Term type_name = make_atom(name);
  sys::Locked locked(types_lock);
  ResourceType* type = *find_type(env->library->module, type_name);
  bool fresh = !type;
  if (fresh) {
    for (OpenedType* o = env->opened; o && !type; o = o->next)
      if (o->type->name.same(type_name)) type = o->type;
    if (!type && (flags & resource_create)) {
      type = sys::create<ResourceType>(sys::Alloc::Nif);
      type->module = env->library->module;
      type->name = type_name;
      type->callbacks.store(new TypeCallbacks{{}, env->library}, std::memory_order_relaxed);
    }
    if (type && tried) *tried = resource_create;
    else if (tried) *tried = flags;
  } else if (flags & resource_takeover) {
    if (tried) *tried = resource_takeover;
  } else {
    if (tried) *tried = flags;
    type = nullptr;
  }
  if (type) env->opened = new OpenedType{env->opened, type, fresh, callbacks};
  return type;
}

}  // namespace

void commit_opened_types(Env& env) {
  sys::Locked locked(types_lock);
  // Oldest first: of a type that was opened twice the last callbacks count.
  OpenedType* oldest = nullptr;
  while (OpenedType* o = env.opened) {
    env.opened = o->next;
    o->next = oldest;
    oldest = o;
  }
  while (OpenedType* o = oldest) {
    oldest = o->next;
    auto* callbacks = new TypeCallbacks{o->callbacks, env.library};
    callbacks->previous = o->type->callbacks.load(std::memory_order_relaxed);
    if (callbacks->any()) env.library->retain();
    o->type->callbacks.store(callbacks, std::memory_order_release);
    if (auto* old = callbacks->previous; old->any()) old->library->release();
    if (o->fresh && !*find_type(o->type->module, o->type->name)) {
      o->type->next = owned_types;
      owned_types = o->type;
    }
    delete o;
  }
}

void forget_opened_types(Env& env) {
  while (OpenedType* o = env.opened) {
    env.opened = o->next;
    bool again = false;
    for (OpenedType* other = env.opened; other; other = other->next) again |= other->type == o->type;
    if (o->fresh && !again) o->type->release();
    delete o;
  }
}

void disown_types(Library& library) {
  ResourceType* disowned = nullptr;
  {
    sys::Locked locked(types_lock);
    for (ResourceType** at = &owned_types; ResourceType* type = *at;) {
      if (type->callbacks.load(std::memory_order_relaxed)->library != &library) {
        at = &type->next;
        continue;
      }
      *at = type->next;
      type->next = disowned;
      disowned = type;
    }
  }
  while (ResourceType* type = disowned) {
    disowned = type->next;
    type->release();
  }
}

void ResourceType::release() {
  if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (auto* current = callbacks.load(std::memory_order_relaxed); current->any()) current->library->release();
  for (TypeCallbacks* c = callbacks.load(std::memory_order_relaxed); c;) {
    TypeCallbacks* previous = c->previous;
    delete c;
    c = previous;
  }
  sys::destroy(this, sys::Alloc::Nif);
}

// ---- resources

const char Resource::magic_type = 0;

namespace {

struct ResourceBytes : SharedBytes {
  Resource* resource;
};

void release_bytes(SharedBytes* bytes) {
  static_cast<ResourceBytes*>(bytes)->resource->release();
  sys::release(static_cast<ResourceBytes*>(bytes), sys::Alloc::Nif);
}

}  // namespace

Resource* Resource::create(ResourceType& type, size_t size) {
  void* block = sys::allocate(sizeof(Resource) + size, sys::Alloc::Nif);
  auto* resource = new (block) Resource(type, size);
  resource->type = &magic_type;
  new_ref_numbers(resource->ref_words);
  type.retain();
  return resource;
}

Resource::~Resource() {
  if (MonitorList* list = monitors.load(std::memory_order_acquire)) drop_monitors(list);
  auto* current = resource_type.callbacks.load(std::memory_order_acquire);
  if (current->fns.destruct) {
    OwnEnv env(current->library);
    current->fns.destruct(&env, data);
  }
  resource_type.release();
}
void Resource::operator delete(void* p) { sys::release(p, sys::Alloc::Nif); }

Resource* Resource::of_term(Term t) {
  if (auto ref = t.as<MagicRef>()) return ref->object->type == &magic_type ? static_cast<Resource*>(ref->object) : nullptr;
  Term base = t;
  if (auto sub = t.as<SubBits>()) base = sub->base;
  auto bytes = base.as<RefcBits>();
  if (!bytes || bytes->shared->destroy != release_bytes) return nullptr;
  return static_cast<ResourceBytes*>(bytes->shared)->resource;
}

SharedBytes* Resource::share_bytes(const void* bytes, size_t count) {
  auto* at = static_cast<uint8_t*>(const_cast<void*>(bytes));
  void* block = sys::allocate(sizeof(ResourceBytes), sys::Alloc::Nif);
  auto* shared = new (block) ResourceBytes;
  shared->references.store(1, std::memory_order_relaxed);
  shared->capacity = count;
  shared->data = at;
  shared->destroy = release_bytes;
  shared->resource = this;
  retain();
  return shared;
}

bool Resource::retain_living() {
  int64_t n = references.load(std::memory_order_relaxed);
  while (n > 0)
    if (references.compare_exchange_weak(n, n + 1, std::memory_order_acq_rel)) return true;
  return false;
}

// ---- the interface

ENIF(ResourceType*, open_resource_type)(Env* env, const char*, const char* name, void (*destruct)(Env*, void*), int flags, int* tried) {
  return open_type(env, name, {destruct, nullptr, nullptr, 0, nullptr}, flags, tried);
}
// The library's structure may end before the last callback.
ENIF(ResourceType*, open_resource_type_x)(Env* env, const char* name, const ResourceCallbacks* callbacks, int flags, int* tried) {
  size_t size = env->library->entry.resource_callbacks_size;
  constexpr size_t known = offsetof(ResourceCallbacks, members);
  ResourceCallbacks own = {};
  std::memcpy(static_cast<void*>(&own), callbacks, size < known ? size : known);
  return open_type(env, name, own, flags, tried);
}
ENIF(ResourceType*, init_resource_type)(Env* env, const char* name, const ResourceCallbacks* callbacks, int flags, int* tried) {
  ResourceCallbacks own = {};
  if (callbacks->members > 0) own.destruct = callbacks->destruct;
  if (callbacks->members > 1) own.stop = callbacks->stop;
  if (callbacks->members > 2) own.down = callbacks->down;
  if (callbacks->members > 3) own.dynamic_call = callbacks->dynamic_call;
  return open_type(env, name, own, flags, tried);
}

ENIF(void*, alloc_resource)(ResourceType* type, size_t size) { return Resource::create(*type, size)->data; }
ENIF(void, release_resource)(void* object) { Resource::of(object)->release(); }
ENIF(void, keep_resource)(void* object) { Resource::of(object)->retain(); }
ENIF(size_t, sizeof_resource)(void* object) { return Resource::of(object)->size; }
ENIF(Term, make_resource)(Env* env, void* object) {
  Resource* resource = Resource::of(object);
  resource->retain();
  HeapWriter w = env->heap->reserve(Words(magic_ref_words));
  return make_magic_ref(w, resource);
}
ENIF(int, get_resource)(Env*, Term t, ResourceType* type, void** object) {
  Resource* resource = Resource::of_term(t);
  if (!resource || &resource->resource_type != type) return 0;
  *object = resource->data;
  return 1;
}
// 0: called. The type is named, so that other libraries may call.
ENIF(int, dynamic_resource_call)(Env* env, Term module, Term name, Term t, void* data) {
  Resource* resource = t.is<MagicRef>() ? Resource::of_term(t) : nullptr;
  if (!resource || !resource->resource_type.module.same(module) || !resource->resource_type.name.same(name)) return 1;
  auto* call = resource->callbacks().dynamic_call;
  if (!call) return 1;
  call(env, resource->data, data);
  return 0;
}

}  // namespace joist::nif
