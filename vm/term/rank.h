// What the order of terms looks at first: their types. Private to compare.cpp and order_digest.cpp.
#pragma once
#include "vm/term/boxed.h"

namespace joist {

// Position of a term's type in the order of all terms.
enum Rank { RankNumber, RankAtom, RankRef, RankFun, RankPort, RankPid, RankTuple, RankMap, RankNil, RankList, RankBits };

inline Rank rank(Term t) {
  switch (t.tag()) {
    case Tag::Small: case Tag::FloatA: case Tag::FloatB: return RankNumber;
    case Tag::Cons: return RankList;
    case Tag::Immediate:
      if (t.is_atom()) return RankAtom;
      if (t.is_nil()) return RankNil;
      return t.is_local_pid() ? RankPid : RankPort;
    default: break;
  }
  switch (header_kind(t.header())) {
    case Kind::Tuple: return RankTuple;
    case Kind::FlatMap: case Kind::MapRoot: case Kind::MapNode: return RankMap;
    case Kind::Fun: case Kind::ExportFun: return RankFun;
    case Kind::Float: case Kind::Bignum: return RankNumber;
    case Kind::Ref: case Kind::MagicRef: case Kind::ExternalRef: return RankRef;
    case Kind::ExternalPid: return RankPid;
    case Kind::ExternalPort: return RankPort;
    default: return RankBits;
  }
}

}  // namespace joist
