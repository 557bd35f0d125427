// What modules say about themselves, and which there are.
#include "bifs/bif.h"
#include "loader/iff.h"
#include "loader/link.h"
#include "vm/code/code.h"
#include "vm/nif/library.h"
#include "vm/term/bits.h"
#include "vm/term/otp_terms.h"

namespace joist {

namespace {

// A term of a module's literals, on the heap: the module may go.
Term own_copy(Heap& heap, Term literal) {
  HeapWriter w = heap.reserve(Words(copy_size_with_literals(literal)));
  return copy_into_with_literals(literal, w);
}

Term function_list(Heap& heap, const CodeInstance& code) {
  HeapWriter w = heap.reserve(Words(5 * code.function_count));
  Term list = nil;
  for (size_t i = code.function_count; i-- > 0;)
    list = w.cons(w.tuple(code.functions[i].function, Term::small(code.functions[i].arity)), list);
  return list;
}

Term export_list(Heap& heap, const CodeInstance& code) {
  HeapWriter w = heap.reserve(Words(5 * code.export_count));
  Term list = nil;
  for (size_t i = 0; i < code.export_count; i++) {
    const Export& e = *code.export_table[i].target;
    list = w.cons(w.tuple(e.function, Term::small(e.arity)), list);
  }
  return list;
}

// Of a library that was loaded, or the natives of a module that load_nif gives them to in OTP.
Term nif_list(Heap& heap, const CodeInstance& code) {
  if (code.nif_library) return nif::function_list(heap, code);
  Term module = code.module;
  static const Term with_nifs[] = {make_atom("erl_tracer"),  make_atom("prim_buffer"), make_atom("prim_file"),
                                   make_atom("prim_net"), make_atom("prim_socket"), make_atom("zlib")};
  bool has_nifs = false;
  for (Term m : with_nifs) has_nifs |= m.same(module);
  Term list = nil;
  for (size_t i = native_count; has_nifs && i-- > 0;) {
    const NativeEntry& native = native_table[i];
    if (!native.module.same(module)) continue;
    HeapWriter w = heap.reserve(Words(5));
    list = w.cons(w.tuple(native.function, Term::small(native.arity)), list);
  }
  return list;
}

// The non-value when there is no such item.
Term module_item(Heap& heap, const CodeInstance& code, Term item) {
  if (item.same(atom::module)) return code.module;
  if (item.same(atom::exports)) return export_list(heap, code);
  if (item.same(atom::attributes)) return own_copy(heap, code.attributes);
  if (item.same(atom::compile)) return own_copy(heap, code.compile_info);
  if (item.same(atom::md5)) return bits::from_bytes(heap, code.md5, sizeof code.md5);
  if (item.same(atom::functions)) return function_list(heap, code);
  if (item.same(atom::nifs)) return nif_list(heap, code);
  if (item.same(atom::native_addresses)) return nil;
  if (item.same(atom::native)) return atom::false_;
  return Term();
}

// The code that a module's own module_info describes: the current instance, or the one whose on_load function runs.
const CodeInstance* module_code(Term name) {
  Module* module = name.is_atom() ? find_module(name) : nullptr;
  if (!module) return nullptr;
  if (CodeInstance* current = module->current.load(std::memory_order_acquire)) return current;
  return module->pending_on_load;
}

struct ModuleWalk {
  HeapWriter* writer = nullptr;
  Term list = nil;
  size_t count = 0;
};

}  // namespace

BIF(erlang, get_module_info, 1) {
  const CodeInstance* code = module_code(c.arg(0));
  if (!code) return badarg();
  Term list = nil;
  for (Term item : {atom::md5, atom::compile, atom::attributes, atom::exports, atom::module}) {
    Term value = module_item(c.heap(), *code, item);
    HeapWriter w = c.heap().reserve(Words(5));
    Term pair = w.tuple(item, value);
    list = w.cons(pair, list);
  }
  return list;
}

BIF(erlang, get_module_info, 2) {
  const CodeInstance* code = module_code(c.arg(0));
  if (!code) return badarg();
  Term value = module_item(c.heap(), *code, c.arg(1));
  if (value.is_non_value()) return badarg();
  return value;
}

BIF(erlang, module_loaded, 1) {
  if (!c.arg(0).is_atom()) return badarg();
  Module* module = find_module(c.arg(0));
  return boolean(module && module->current.load(std::memory_order_acquire));
}

BIF(erlang, loaded, 0) {
  ModuleWalk walk;
  auto is_loaded = [](Module& m) { return m.current.load(std::memory_order_acquire) || m.old.load(std::memory_order_acquire); };
  static auto loaded = is_loaded;
  for_each_module([](Module& m, void* w) { static_cast<ModuleWalk*>(w)->count += loaded(m); }, &walk);
  HeapWriter writer = c.heap().reserve(Words(2 * walk.count));
  walk.writer = &writer;
  for_each_module(
      [](Module& m, void* arg) {
        auto* w = static_cast<ModuleWalk*>(arg);
        if (w->count == 0 || !loaded(m)) return;
        w->count--;
        w->list = w->writer->cons(m.name, w->list);
      },
      &walk);
  c.heap().commit(writer);
  return walk.list;
}

BIF(erlang, pre_loaded, 0) {
  auto names = preloaded_modules();
  HeapWriter w = c.heap().reserve(Words(2 * names.size()));
  Term list = nil;
  for (size_t i = names.size(); i-- > 0;) list = w.cons(names[i], list);
  return list;
}

BIF(erlang, function_exported, 3) {
  Term arity = c.arg(2);
  if (!c.arg(0).is_atom() || !c.arg(1).is_atom() || !arity.is_small() || !is_small_in_otp(arity.small_value())) return badarg();
  if (arity.small_value() < 0 || arity.small_value() > 255) return atom::false_;
  const Export* e = find_export(c.arg(0), c.arg(1), uint32_t(arity.small_value()));
  return boolean(e && (e->native || !e->is_stub(e->current())));
}

// ---- looking into files

// Content of a chunk of a .beam file, or undefined.
BIF(erts_internal, beamfile_chunk, 2) {
  char name[5] = {};
  Term list = c.arg(1);
  size_t n = 0;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term ch = list.as_cons()->head;
    if (n == 4 || !ch.is_small() || ch.small_value() < 0 || ch.small_value() > 255) return badarg();
    name[n++] = char(ch.small_value());
  }
  if (n != 4 || !list.is_nil() || !is_bits(c.arg(0)) || bits::size_bits(c.arg(0)) % 8 != 0) return badarg();
  bits::AlignedBytes bytes(c.arg(0));
  auto file = BeamFile::open({bytes.data, bytes.size});
  if (!file) return atom::undefined;
  auto content = file->chunk(chunk_id(name));
  if (!content.data()) return atom::undefined;
  c.charge(content.size() / 64);
  return bits::from_bytes(c.heap(), content.data(), content.size());
}

BIF(erts_internal, beamfile_module_md5, 1) {
  if (!is_bits(c.arg(0)) || bits::size_bits(c.arg(0)) % 8 != 0) return badarg();
  bits::AlignedBytes bytes(c.arg(0));
  c.charge(bytes.size / 64);
  auto file = BeamFile::open({bytes.data, bytes.size});
  uint8_t digest[16];
  if (!file || file->chunk(chunk_id("AtU8")).empty() || file->chunk(chunk_id("Code")).empty() || !file->md5(digest)) return atom::undefined;
  return bits::from_bytes(c.heap(), digest, sizeof digest);
}

}  // namespace joist
