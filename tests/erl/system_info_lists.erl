%% erlang:system_info and erlang:memory: what is listed, and sums that must agree.
-module(system_info_lists).
-export([main/1]).

main(_) ->
    io:format("~p~n", [lists:sort(erlang:system_info(snifs))]),
    Memory = erlang:memory(),
    [Total, Processes, System, Atom, AtomUsed, Binary, Code, Ets] =
        [proplists:get_value(Kind, Memory) || Kind <- [total, processes, system, atom, atom_used, binary, code, ets]],
    io:format("~p~n", [[Total =:= Processes + System, System >= Atom + Binary + Code + Ets, Atom >= AtomUsed]]).
