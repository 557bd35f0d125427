%% max_heap_size is about what lives: garbage that natives leave behind makes no process too large.
-module(heap_limit_garbage).
-export([main/1]).

main(_) ->
    Run = fun(F) ->
        {_, R} = spawn_opt(fun() -> F(100000) end, [monitor, {max_heap_size, #{size => 10000, kill => true, error_logger => false}}]),
        receive {'DOWN', R, process, _, Why} -> io:format("~p~n", [Why]) end
    end,
    Run(fun binaries/1),
    Run(fun lists/1),
    Run(fun(N) -> grow(N, []) end).

binaries(1) -> ok;
binaries(N) -> binaries(binary_to_term(term_to_binary(N)) - 1).
lists(1) -> ok;
lists(N) -> lists(list_to_integer(lists:reverse(lists:reverse(integer_to_list(N)))) - 1).
grow(0, L) -> L;
grow(N, L) -> grow(N - 1, [N | L]).
