%% area: binaries repeat: 10
-module(bin_build).
-export([main/0]).
main() -> [erlang:crc32(build(400000, <<>>)), erlang:crc32(mixed(300000, <<>>)), erlang:crc32(<< <<(X bxor 85)>> || <<X>> <= build(300000, <<>>) >>)].
build(0, B) -> B;
build(N, B) -> build(N - 1, <<B/binary, N:32, (N rem 251)>>).
mixed(0, B) -> <<B/bits, 0:(8 - bit_size(B) rem 8)>>;
mixed(N, B) -> mixed(N - 1, <<B/bits, N:11, (N bsr 3):5/little>>).
