%% system_monitor's long_gc with collections that are made to take long.
-module(monitor_long_gc).
-export([main/1]).

main(_) ->
    erts_debug:set_internal_state(available_internal_state, true),
    true = erts_debug:set_internal_state(test_long_gc_sleep, 20),
    erlang:system_monitor(self(), [{long_gc, 10}]),
    garbage_collect(),
    {P, R} = spawn_monitor(fun() -> garbage_collect() end),
    receive {'DOWN', R, _, _, _} -> ok end,
    receive
        {monitor, P, long_gc, L} -> io:format("~p~n", [{[K || {K, _} <- L], proplists:get_value(timeout, L) >= 10}])
    after 1000 -> io:format("nothing~n")
    end,
    receive {monitor, Q, _, _} -> io:format("~p~n", [Q =:= self()]) after 0 -> ok end,
    erlang:system_monitor(undefined),
    true = erts_debug:set_internal_state(test_long_gc_sleep, 0),
    erts_debug:set_internal_state(available_internal_state, false).
