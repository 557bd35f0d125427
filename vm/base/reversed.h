// Order of arrival out of a stack that many push on.
#pragma once

namespace joist {

// A list linked by `next`, newest first, turned in place: the oldest first.
template <class T>
T* reversed(T* newest) {
  T* first = nullptr;
  while (newest) {
    T* next = newest->next;
    newest->next = first;
    first = newest;
    newest = next;
  }
  return first;
}

}  // namespace joist
