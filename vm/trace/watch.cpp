#include "vm/trace/watch.h"

#include "vm/code/code.h"
#include "vm/code/module.h"

namespace joist::trace {

namespace {

using Switch = Pattern::Switch;

DefaultPattern on_load;  // code permission

std::unique_ptr<Watch> copy_of(const BreakpointSettings* settings) {
  return settings ? std::make_unique<Watch>(static_cast<const Watch&>(*settings)) : std::make_unique<Watch>();
}

// Call counts and times: made and set going, set back, paused or dropped.
template <class T, class Make, class Clear>
void turn(Switch on, std::shared_ptr<T>& counter, bool& active, Make make, Clear clear) {
  if (on == Switch::Off) counter.reset();
  else if (!counter && on == Switch::On) counter = make();
  else if (counter && on != Switch::Pause) clear(*counter);
  active = counter != nullptr && on != Switch::Pause;
}

struct Setter {
  const Pattern& pattern;
  BreakpointChange& change;
  std::shared_ptr<MetaTracer> meta_tracer{};

  // The settings of an entry, as the pattern changes them.
  void apply(Watch& w) {
    if (pattern.local) {
      w.calls = pattern.on != Switch::Off;
      w.spec = w.calls ? pattern.spec : nullptr;
    }
    if (pattern.meta) {
      bool on = pattern.on != Switch::Off;
      if (on && !meta_tracer) meta_tracer.reset(new MetaTracer{pattern.meta_tracer});
      w.meta = on ? meta_tracer : nullptr;
      w.meta_spec = on ? pattern.spec : nullptr;
    }
    if (pattern.call_count) {
      turn(pattern.on, w.count, w.counting, [] { return std::make_shared<CallCount>(); },
           [](CallCount& c) { c.calls.store(0, std::memory_order_relaxed); });
    }
    if (pattern.debug) w.debugged = pattern.on != Switch::Off;
    if (pattern.call_time) turn(pattern.on, w.time, w.timing, CallTime::make, [](CallTime& t) { t.clear(); });
  }
  void set(CodeInstance& instance, const FunctionStart& function) {
    const BreakpointSettings* before = change.at_function(instance, function);
    if (!pattern.at_entries()) {
      // Global call tracing ends what is at entries.
      if (before && pattern.on != Switch::Off) change.set(instance, function, nullptr);
      return;
    }
    auto watch = copy_of(before);
    apply(*watch);
    if (watch->empty()) watch.reset();
    if (before || watch) change.set(instance, function, std::move(watch));
  }
  void set(Export& target) {
    bool off = pattern.on == Switch::Off;
    if (pattern.at_entries() && off) return;
    if (pattern.at_entries() || off) {
      if (change.at_export(target)) change.set(target, nullptr);
      return;
    }
    auto watch = std::make_unique<Watch>();
    watch->calls = true;
    watch->spec = pattern.spec;
    change.set(target, std::move(watch));
  }
};

size_t set_functions(CodeInstance& instance, const Functions& functions, Setter& setter) {
  size_t count = 0;
  for (size_t i = 0; i < instance.function_count; i++) {
    const FunctionStart& f = instance.functions[i];
    if (!functions.include(instance.module, f.function, f.arity)) continue;
    setter.set(instance, f);
    count++;
  }
  return count;
}

bool is_defined(const Export& e) { return !e.is_stub(e.current()); }

void watch_loaded(CodeInstance& fresh) {
  if (!on_load.on) return;
  BreakpointChange change(true);
  Pattern pattern = on_load.pattern;
  pattern.on = Switch::On;
  Functions all{fresh.module, {}, 0, 1};
  if (!pattern.at_entries()) {
    Setter setter{pattern, change};
    for (size_t i = 0; i < fresh.export_count; i++) setter.set(*fresh.export_table[i].target);
  } else {
    // Call and meta tracing have each their own specification.
    Pattern calls = pattern;
    calls.meta = false;
    Setter call_setter{calls, change};
    if (calls.at_entries()) set_functions(fresh, all, call_setter);
    Pattern meta;
    meta.on = Switch::On;
    meta.meta = pattern.meta;
    meta.spec = on_load.meta_spec;
    meta.meta_tracer = pattern.meta_tracer;
    Setter meta_setter{meta, change};
    if (meta.meta) set_functions(fresh, all, meta_setter);
  }
  change.publish();
}

}  // namespace

size_t set_pattern(const Functions& functions, const Pattern& pattern) {
  BreakpointChange change;
  Setter setter{pattern, change};
  struct Walk {
    const Functions& functions;
    Setter& setter;
    size_t exports = 0, entries = 0;
  } walk{functions, setter};
  for_each_export(
      [](Export& e, void* arg) {
        auto& w = *static_cast<Walk*>(arg);
        if (!w.functions.include(e.module, e.function, e.arity) || !is_defined(e)) return;
        w.setter.set(e);
        w.exports++;
      },
      &walk);
  for_each_module(
      [](Module& m, void* arg) {
        auto& w = *static_cast<Walk*>(arg);
        CodeInstance* current = m.current.load(std::memory_order_acquire);
        if (!current || (w.functions.given > 0 && !m.name.same(w.functions.module))) return;
        w.entries += set_functions(*current, w.functions, w.setter);
      },
      &walk);
  change.publish();
  return pattern.at_entries() ? walk.entries : walk.exports;
}

void set_default_pattern(const Pattern& p) {
  Pattern& d = on_load.pattern;
  bool on = p.on != Switch::Off;
  bool was_at_entries = d.at_entries();
  if (p.local || !p.at_entries()) d.spec = p.spec;
  if (p.meta) {
    on_load.meta_spec = p.spec;
    d.meta_tracer = p.meta_tracer;
  } else if (!p.at_entries()) {
    on_load.meta_spec = nullptr;
    d.meta_tracer = Tracer();
  }
  bool counters = p.on == Switch::On;  // restart and pause are for those that there are
  if (was_at_entries && p.at_entries()) {
    auto turn = [&](bool& flag, bool asked, bool allowed) { flag = on ? flag || (asked && allowed) : flag && !asked; };
    turn(d.local, p.local, true);
    turn(d.meta, p.meta, true);
    turn(d.call_count, p.call_count, counters);
    turn(d.call_time, p.call_time, counters);
    if (!d.at_entries()) on_load.on = false;
  } else if (!was_at_entries && !p.at_entries()) {
    on_load.on = on;
  } else if (on) {
    d.local = p.local;
    d.meta = p.meta;
    d.call_count = p.call_count && counters;
    d.call_time = p.call_time && counters;
    on_load.on = !p.at_entries() || d.at_entries();
  }
}

const DefaultPattern& default_pattern() { return on_load; }

FoundFunction find_function(Term module, Term function, uint32_t arity) {
  FoundFunction found;
  if (Export* e = find_export(module, function, arity)) {
    if (auto at = find_breakpoint(*e); at.settings) return {true, true, static_cast<const Watch*>(at.settings)};
  }
  Module* m = find_module(module);
  CodeInstance* current = m ? m->current.load(std::memory_order_acquire) : nullptr;
  if (!current) return found;
  for (size_t i = 0; i < current->function_count && !found.exists; i++) {
    const FunctionStart& f = current->functions[i];
    if (f.arity != arity || !f.function.same(function)) continue;
    found.exists = true;
    found.watch = static_cast<const Watch*>(find_breakpoint(current->code + f.entry).settings);
  }
  return found;
}

void init_code_watching() { watch_new_code = watch_loaded; }

}  // namespace joist::trace
