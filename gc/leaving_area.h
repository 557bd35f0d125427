// The literal area that is about to be released, as copies see it.
//
// While processes are made to let go of an area one after the other, no reference into it may reach one that has let go already. So a
// copy takes along what lies in that area, where it shares all other literals. The size of a copy is computed before the copy is made:
// hence each thread has an answer of its own, which changes only at its quiescent points.
#pragma once

namespace joist {

struct LiteralArea;

// Published by the one who releases areas, before it waits for all threads to pass a quiescent point. Null: none.
void set_leaving_area(const LiteralArea* area);
// From here on the calling thread's copies heed what was published last.
void refresh_leaving_area();
// For threads without quiescent points: their copies share no literals at all.
void share_no_literals();

}  // namespace joist
