#include "vm/sys/resolve.h"

#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>

namespace joist::sys {
namespace {

LookUpError of_host_error(int error) {
  switch (error) {
    case HOST_NOT_FOUND: return LookUpError::NotFound;
    case TRY_AGAIN: return LookUpError::TryAgain;
    case NO_RECOVERY: return LookUpError::NoRecovery;
    case NO_DATA: return LookUpError::NoData;
    default: return LookUpError::Internal;
  }
}

LookUpError of_name_info_error(int error) {
  switch (error) {
    case 0: return LookUpError::None;
    case EAI_AGAIN: return LookUpError::TryAgain;
    case EAI_FAIL: case EAI_NODATA: case EAI_NONAME: return LookUpError::NotFound;
    default: return LookUpError::Internal;
  }
}

// Runs one of the gethostby…_r functions with as large a buffer as it needs.
template <class F>
LookUpError host_entry(F call, HostEntry* out) {
  for (size_t size = 1024; size <= size_t(1) << 20; size *= 2) {
    auto buffer = std::make_unique<char[]>(size);
    hostent entry, *found = nullptr;
    int host_error = 0;
    if (call(&entry, buffer.get(), size, &found, &host_error) == ERANGE) continue;
    if (!found) return of_host_error(host_error);
    for (char** a = found->h_addr_list; *a; a++) out->addresses.emplace_back(*a, size_t(found->h_length));
    out->names.emplace_back(found->h_name);
    for (char** a = found->h_aliases; a && *a; a++) out->names.emplace_back(*a);
    return LookUpError::None;
  }
  return LookUpError::Internal;
}

}  // namespace

LookUpError host_by_name(const std::string& name, bool ipv6, HostEntry* out) {
  if (!ipv6) {
    return host_entry([&](hostent* entry, char* buffer, size_t size, hostent** found, int* error) {
      return gethostbyname2_r(name.c_str(), AF_INET, entry, buffer, size, found, error);
    }, out);
  }
  addrinfo hints{}, *first;
  hints.ai_flags = AI_CANONNAME;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = AF_INET6;
  if (int error = getaddrinfo(name.c_str(), nullptr, &hints, &first)) return of_name_info_error(error);
  for (addrinfo* i = first; i; i = i->ai_next) {
    if (i->ai_addr && i->ai_family == AF_INET6)
      out->addresses.emplace_back(reinterpret_cast<const char*>(&reinterpret_cast<sockaddr_in6*>(i->ai_addr)->sin6_addr), 16);
    if (i->ai_canonname) out->names.emplace_back(i->ai_canonname);
  }
  freeaddrinfo(first);
  return LookUpError::None;
}

LookUpError host_by_address(std::string_view address, HostEntry* out) {
  if (address.size() == 4) {
    return host_entry([&](hostent* entry, char* buffer, size_t size, hostent** found, int* error) {
      return gethostbyaddr_r(address.data(), 4, AF_INET, entry, buffer, size, found, error);
    }, out);
  }
  sockaddr_in6 a{};
  a.sin6_family = AF_INET6;
  memcpy(&a.sin6_addr, address.data(), 16);
  char name[NI_MAXHOST];
  int error = getnameinfo(reinterpret_cast<sockaddr*>(&a), sizeof a, name, sizeof name, nullptr, 0, NI_NAMEREQD);
  if (error) return of_name_info_error(error);
  out->addresses.emplace_back(address);
  out->names.emplace_back(name);
  return LookUpError::None;
}

}  // namespace joist::sys
