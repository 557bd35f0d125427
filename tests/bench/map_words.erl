%% area: maps repeat: 3
-module(map_words).
-export([main/0]).
main() ->
    Words = [list_to_binary(["w", integer_to_list(I * I rem 5003)]) || I <- lists:seq(1, 300000)],
    C = lists:foldl(fun(W, M) -> maps:update_with(W, fun(N) -> N + 1 end, 1, M) end, #{}, Words),
    {map_size(C), lists:max(maps:values(C)), lists:sublist(lists:sort(maps:to_list(C)), 10)}.
