// ETS tables.
//
// A table's identifier is a magic reference to its Table. Objects are copies outside all heaps, one allocation each, so copying
// one out is a memcpy with relocation. Sets and bags are linear hash tables split into lock stripes (hash.cpp); ordered sets are
// B+trees (tree.cpp). The layout of buckets is OTP's, so that sets list in the same order.
#pragma once
#include <atomic>
#include <vector>

#include "gc/collect.h"
#include "vm/sys/lock.h"
#include "vm/term/magic.h"

namespace joist {
struct Process;
}

namespace joist::ets {

struct Table;

enum class Type : uint8_t { Set, Bag, DuplicateBag, OrderedSet };
enum class Protection : uint8_t { Private, Protected, Public };

// A stored tuple; the tuple's words start at data[0], unless it is packed (packed.h). The key is data[key position] in both forms.
struct Object {
  Object* next = nullptr;        // hash chain
  uint32_t words : 31 = 0;       // of data
  uint32_t has_off_heap : 1 = 0; // then a word behind data is the list of what it refers to outside
  uint32_t hash : 31 = 0;
  uint32_t deleted : 1 = 0;      // hash, while the table is fixed: gone, but still in the chain
  Word data[0];
  bool packed() const { return data[0] & 1; }
  size_t bytes() const { return sizeof(Object) + (words + has_off_heap) * sizeof(Word); }
  size_t copy_words() const { return packed() ? data[0] >> 1 & 0xffffffff : words; }
  OffHeap* off_heap() const { return has_off_heap ? reinterpret_cast<OffHeap*>(data[words]) : nullptr; }
  Term key(size_t key_position) const { return Term::from_raw(data[key_position]); }

  // Without its data. Objects are never larger than 2^31 words.
  static Object* allocate(size_t words, bool has_off_heap);
  static Object* create(Term tuple);
  // Packed when the table is compressed.
  static Object* create(const Table& table, Term tuple);
  static void destroy(Object* object);
  Term copy_to(Heap& heap) const;
  Term copy_to(HeapWriter& w) const;
};
static_assert(sizeof(Object) == 16);

struct Tree;
struct Ownership;

// Lock of a part of a table and the counters of what is under it.
struct alignas(64) Stripe {
  sys::RwLock lock{sys::LockRank::EtsStripe};
  std::atomic<int64_t> items{0};
  std::atomic<int64_t> words{0};  // of objects, their headers not counted
};

// A process that fixed the table, and how often.
struct Fixer {
  Term pid;
  uint32_t count;
  Fixer* next;
};

struct Table final : MagicObject {
  static const char type_tag;
  static constexpr size_t wide_stripes = 64;

  // ---- constant after creation; the stripes go before the struct, when the table was deleted and the grace period is over
  Type type = Type::Set;
  bool write_concurrency = false, write_auto = false, read_concurrency = false, decentralized = false, compressed = false;
  uint32_t key_position = 1;
  uint32_t fixed_stripes = 0;        // {write_concurrency, {debug_hash_fixed_number_of_locks, …}}; 0: not given
  uint32_t stripe_count = 1;
  Stripe* stripes = nullptr;
  // ---- written under all stripes, or by the owner while nobody else may enter
  std::atomic<Term> name;
  bool named = false;
  Protection protection = Protection::Protected;
  std::atomic<bool> deleted{false};
  std::atomic<Word> owner{0};        // raw pid
  Ownership* ownership = nullptr;    // the owner's list of tables, whose lock guards the links
  Table* owned_next = nullptr;
  Table* owned_previous = nullptr;
  Term heir;                         // pid, or the non-value
  uint64_t heir_spawned = 0;         // its spawn_time: a pid may come back
  FragmentTerm heir_data{Term(), nullptr};
  // ---- fixation: fix_lock
  sys::Mutex fix_lock{sys::LockRank::Leaf};
  Fixer* fixers = nullptr;
  int64_t fixed_since = 0;           // Erlang monotonic time
  int64_t fixed_since_system = 0;
  std::atomic<uint32_t> fixed{0};    // total, selects under way included
  std::atomic<uint32_t> pseudo_deleted{0};
  // ---- hash: bucket i is in segment 0 (i < 256) or bit_width(i / 256)
  Object** segments[26] = {};
  std::atomic<uint32_t> active{0};   // buckets in use
  std::atomic<uint32_t> mask{0};     // all ones
  std::atomic<bool> resizing{false};
  // ---- ordered set
  Tree* tree = nullptr;

  ~Table() override;
  bool is_tree() const { return type == Type::OrderedSet; }
  bool unlocked() const { return protection == Protection::Private; }
  size_t size() const;
  size_t object_words() const;
  size_t memory_words() const;       // as OTP counts
  // What memory_words counts for the struct, and for the list of a hash table's segments when there is more than one.
  static constexpr size_t struct_words = 49, segment_list_words = 6;
  Term owner_pid() const { return Term::from_raw(owner.load(std::memory_order_relaxed)); }
};

// Holds a stripe, or all of them, for a scope.
class [[nodiscard]] Hold {
 public:
  enum Mode { Read, Write };
  Hold(Table& table, uint32_t hash, Mode mode) : table_(table), mode_(mode), stripe_(&table.stripes[hash & (table.stripe_count - 1)]) {
    if (table.unlocked()) stripe_ = nullptr;
    else if (mode == Write) stripe_->lock.lock();
    else stripe_->lock.lock_shared();
  }
  // All stripes.
  Hold(Table& table, Mode mode);
  ~Hold();
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  Table& table_;
  Mode mode_;
  Stripe* stripe_;
  bool all_ = false;
};

inline constexpr uint32_t hash_mask = 0x7fffffff;
uint32_t hash_key(Term key);
inline uint32_t lock_hash(const Table& t, Term key) { return t.stripe_count == 1 && t.is_tree() ? 0 : hash_key(key); }

// ---- life (registry.cpp)
struct Options {
  Type type = Type::Set;
  Protection protection = Protection::Protected;
  bool named = false, write_concurrency = false, write_auto = false, read_concurrency = false, compressed = false;
  int decentralized = -1;  // not given
  uint32_t fixed_stripes = 0;  // a power of two, or 0
  size_t key_position = 1;
  Term heir{}, heir_data{};
};
// Null when the name is taken. The owner is `process`.
Table* create_table(Process& process, Term name, const Options& options);
// +ec: every table is compressed. Set before the first.
inline bool always_compress = false;
// By identifier or name; null when there is none. Good until the caller's next quiescent point.
Table* find_table(Term id);
Table* find_named(Term name);
// False when the name is taken, or the table was deleted meanwhile.
bool rename_table(Table& table, Term name);
// Makes the table invisible. True for exactly one caller, who then frees its contents with free_contents.
bool unlink_table(Table& table);
// Frees about `budget` objects; true when all are gone.
bool free_contents(Table& table, size_t budget);
// Empties the table at once. Its contents are a table of their own now, found by nobody, to be freed with free_contents and then
// released. Caller holds all stripes.
Table* take_contents(Table& table);
// Drops the registry's reference, once contents are freed.
void forget_table(Table& table);
Term table_id(Heap& heap, Table& table);        // the reference
Term table_name_or_id(Heap& heap, Table& table);
// Calls f for all tables.
void for_each_table(void (*f)(Table& table, void* arg), void* arg);
size_t table_count();
// Up to `count` other atoms whose places in the index of names are the nearest to this one's: tables of these names share cache lines
// there, which is as near as two names come.
std::vector<Term> neighbouring_names(Term name, size_t count);
size_t ets_memory_bytes();

// ---- owners (owner.cpp)
void adopt_table(Process& process, Table& table);
void disown_table(Table& table);
// Gives the table to another process and tells it. False when that process is gone, or the table was deleted meanwhile.
bool give_table(Table& table, Term from, Process& to, Term data);
void set_heir(Table& table, Term heir, Term data);
Process* living_heir(const Table& table);  // null when there is none any more
void init_ets();  // once, before processes run

// ---- fixation (fix.cpp)
void fix_by_process(Process& process, Table& table);
bool unfix_by_process(Process& process, Table& table);  // false: it had not
void note_fixed_now(Table& table);
void fix(Table& table);
void unfix(Table& table);  // the last one purges what was deleted meanwhile

}  // namespace joist::ets
