%% min_heap_size and min_bin_vheap_size: what is asked for grows to the next size of the sequence, and never below the system's.
-module(least_heap_sizes).
-export([main/1]).

main(_) ->
    Large = lists:seq(1, 5000),
    t:show([{N, started(N)} || N <- [0, 1, 233, 234, 300, 10000, 100000]]),
    t:show([process_flag(min_heap_size, N) || N <- [300, 10000, 1, 0]]),
    t:show([process_flag(min_bin_vheap_size, N) || N <- [50000, 100000, 1, 0]]),
    %% what the arguments of a spawn need is no minimum
    Pid = spawn(fun() -> receive {get, X} -> X ! Large end end), t:show(process_info(Pid, min_heap_size)).

started(N) ->
    Pid = spawn_opt(fun() -> receive stop -> ok end end, [{min_heap_size, N}]),
    Sizes = [process_info(Pid, Item) || Item <- [heap_size, min_heap_size]],
    Pid ! stop,
    Sizes.
