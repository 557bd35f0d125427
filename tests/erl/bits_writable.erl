%% Binaries that grow by appends: room for more while they grow, given back once they do not; slices stay what they were.
-module(bits_writable).
-export([main/1]).

main(_) -> shrinks(), grows(), matching().

build(N) -> build(N, <<>>).
build(0, B) -> B;
build(N, B) -> build(N - 1, <<B/binary, N:32>>).

capacity() -> lists:sum([Size || {_, Size, _} <- element(2, process_info(self(), binary))]).
collect(N) -> [garbage_collect() || _ <- lists:seq(1, N)].

shrinks() ->
    collect(1),
    Before = capacity(),
    B = build(150000),
    H = erlang:phash2(B),
    collect(4),
    t:show([byte_size(B), (capacity() - Before) < 600000 * 5 div 4, erlang:phash2(B) =:= H, binary:part(B, 599996, 4)]),
    C = <<B/binary, "more">>,
    t:show([byte_size(C), byte_size(B), erlang:phash2(B) =:= H, binary:part(C, 599996, 8)]).

%% Collections between appends, with older slices alive.
grows() ->
    Slices = grow(60, <<"start">>, []),
    t:show([length(Slices), lists:all(fun({N, S}) -> byte_size(S) =:= N end, Slices), erlang:phash2([S || {_, S} <- Slices])]).
grow(0, _, Acc) -> Acc;
grow(N, B, Acc) ->
    C = <<B/binary, N:8, (binary:copy(<<N>>, N * 10))/binary>>,
    N rem 3 =:= 0 andalso collect(3),
    grow(N - 1, C, [{byte_size(C), C} | Acc]).

%% A match under way over collections.
matching() ->
    B = build(2000),
    t:show([sum(B, 0), sum(<<B/binary, 7:32>>, 0)]).
sum(<<N:32, R/binary>>, S) -> N rem 100 =:= 0 andalso collect(1), sum(R, S + N);
sum(<<>>, S) -> S.
