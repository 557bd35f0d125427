%% area: integers repeat: 4
-module(int_ackermann).
-export([main/0]).
main() -> [ack(3, 10), ack(2, 2000)].
ack(0, N) -> N + 1;
ack(M, 0) -> ack(M - 1, 1);
ack(M, N) -> ack(M - 1, ack(M, N - 1)).
