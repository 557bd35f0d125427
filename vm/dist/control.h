// Operations of the distribution protocol: the first element of a control message (OTP manual: erts, "Distribution Protocol").
// "+ payload": a second term follows the control message.
#pragma once
#include <cstdint>

namespace joist::dist {

enum class Control : uint8_t {
  Link = 1,                   // {1, From, To}
  Send = 2,                   // {2, '', To} + message
  Exit = 3,                   // {3, From, To, Reason}: of a link; only to nodes without exit_payload
  Unlink = 4,                 // no longer sent
  RegSend = 6,                // {6, From, '', Name} + message
  GroupLeader = 7,            // {7, Leader, To}
  Exit2 = 8,                  // {8, From, To, Reason}
  SendTraced = 12,            // {12, '', To, Token} + message
  ExitTraced = 13,            // {13, From, To, Token, Reason}
  RegSendTraced = 16,         // {16, From, '', Name, Token} + message
  Exit2Traced = 18,           // {18, From, To, Token, Reason}
  Monitor = 19,               // {19, From, To (pid or name), Ref}
  Demonitor = 20,             // {20, From, To, Ref}
  MonitorExit = 21,           // {21, From (pid or name), To, Ref, Reason}
  SendSender = 22,            // {22, From, To} + message
  SendSenderTraced = 23,      // {23, From, To, Token} + message
  PayloadExit = 24,           // {24, From, To} + reason
  PayloadExitTraced = 25,     // {25, From, To, Token} + reason
  PayloadExit2 = 26,          // {26, From, To} + reason
  PayloadExit2Traced = 27,    // {27, From, To, Token} + reason
  PayloadMonitorExit = 28,    // {28, From, To, Ref} + reason
  SpawnRequest = 29,          // {29, Ref, From, GroupLeader, {M, F, Arity}, Options} + list of arguments
  SpawnRequestTraced = 30,    // {30, Ref, From, GroupLeader, {M, F, Arity}, Options, Token} + list of arguments
  SpawnReply = 31,            // {31, Ref, To, Flags, pid or error}
  SpawnReplyTraced = 32,      // {32, Ref, To, Flags, pid or error, Token}
  AliasSend = 33,             // {33, From, Alias} + message
  AliasSendTraced = 34,       // {34, From, Alias, Token} + message
  UnlinkId = 35,              // {35, Id, From, To}
  UnlinkIdAck = 36,           // {36, Id, From, To}
};

// Flags of a spawn reply.
inline constexpr unsigned spawned_with_link = 1, spawned_with_monitor = 2;

}  // namespace joist::dist
