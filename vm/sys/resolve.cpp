#include "vm/sys/resolve.h"

#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
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

namespace {

const char* name_info_error(int error) {
  switch (error) {
    case EAI_ADDRFAMILY: return "eaddrfamily";
    case EAI_AGAIN: return "eagain";
    case EAI_BADFLAGS: return "ebadflags";
    case EAI_FAIL: return "efail";
    case EAI_FAMILY: return "efamily";
    case EAI_MEMORY: return "emem";
    case EAI_NODATA: return "enodata";
    case EAI_NONAME: return "enoname";
    case EAI_OVERFLOW: return "eoverflow";
    case EAI_SERVICE: return "eservice";
    case EAI_SOCKTYPE: return "esocktype";
    case EAI_SYSTEM: return "esystem";
    default: return "einval";
  }
}

}  // namespace

const char* address_info(const std::string* host, const std::string* service, std::vector<AddressInfo>* out) {
  addrinfo* first;
  int error = getaddrinfo(host ? host->c_str() : nullptr, service ? service->c_str() : nullptr, nullptr, &first);
  if (error) return name_info_error(error);
  for (addrinfo* i = first; i; i = i->ai_next) {
    AddressInfo a{i->ai_family, i->ai_socktype, i->ai_protocol, {}};
    a.address.size = std::min<uint32_t>(i->ai_addrlen, SocketAddress::capacity);
    memcpy(a.address.bytes, i->ai_addr, a.address.size);
    out->push_back(a);
  }
  freeaddrinfo(first);
  return nullptr;
}

bool name_info(const SocketAddress& address, const std::vector<std::string>& flags, std::string* host, std::string* service,
               const char** error) {
  static constexpr struct {
    const char* name;
    int flag;
  } known[] = {{"namereqd", NI_NAMEREQD}, {"dgram", NI_DGRAM}, {"nofqdn", NI_NOFQDN}, {"numerichost", NI_NUMERICHOST},
               {"numericserv", NI_NUMERICSERV}};
  int bits = 0;
  *error = nullptr;
  for (const std::string& f : flags) {
    bool found = false;
    for (const auto& k : known)
      if (f == k.name) bits |= k.flag, found = true;
    if (!found) return false;
  }
  char name[NI_MAXHOST], port[NI_MAXSERV];
  int result = getnameinfo(reinterpret_cast<const sockaddr*>(address.bytes), address.size, name, sizeof name, port, sizeof port, bits);
  if (result) {
    *error = name_info_error(result);
    return false;
  }
  *host = name;
  *service = port;
  return true;
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
