// Packed modules: the loader's work done in advance.
//
// Reading, verifying and translating code is nearly all of the work of starting a node. A pack keeps, for each module of an OTP root, what
// this makes of it: the machine's words, with notes of what in them is an address or a number of the run (references.h). Loading the
// module then is to put in what they are in this run. Atoms, exports, funs and literals still come from the beam file, for they are cheap
// to read and their terms belong to the run.
//
// A module is found by the hash of its file's bytes, so nothing can be stale: a file that is not exactly the packed one is loaded as any
// other. The pack is good for the build that wrote it (handlers are noted by their place in the executable), lies beside the binary and
// is trusted as much as that. `joist pack` writes it, the build does so for OTP's modules.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "loader/generic.h"
#include "vm/base/content_hash.h"
#include "vm/code/module.h"

namespace joist {

// Where what others call begins, in words from the start of the code.
struct CodeEntries {
  std::vector<uint32_t> exports;  // of ParsedModule::exports
  std::vector<uint32_t> funs;     // of ParsedModule::lambdas
  uint32_t on_load = 0;           // 0: there is none
};

class PackedModule {
 public:
  // Of a beam file's bytes. Any thread.
  static std::optional<PackedModule> find(std::span<const uint8_t> beam);
  // What the tables of the file do not say.
  void describe(ParsedModule& module) const;
  // As specialise(). False when the tables do not fit the file's. To be called once, as the last.
  bool restore(const ParsedModule& module, CodeInstance& instance, CodeEntries* entries) const;

 private:
  explicit PackedModule(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  std::span<const uint8_t> bytes_;  // of the mapped file
};

// At boot, before other threads run. A pack that is not there, damaged or of another build counts as empty.
void use_pack(const std::string& file);

class PackWriter {
 public:
  // False when it is no good module, or one that cannot be packed.
  bool add(std::span<const uint8_t> beam);
  // False when the file cannot be written.
  bool write(const std::string& file);

 private:
  struct Module {
    ContentHash beam;
    std::string packed;
  };
  std::vector<Module> modules_;
};

}  // namespace joist
