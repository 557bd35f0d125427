%% Closing a port: its name is free and its links have heard before the one who asked does.
-module(port_close).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    [begin
         P = open_port({spawn, "cat"}, []), t:show([register(my_port, P), erlang:port_info(P, registered_name), catch_(fun() -> register(another, P) end), unregister(my_port), erlang:port_info(P, registered_name), register(my_port, P)]), M = monitor(port, P),
         case How of send -> my_port ! {self(), close}, receive {P, closed} -> ok end; call -> port_close(my_port) end,
         t:show([How, whereis(my_port), catch_(fun() -> port_command(P, "x") end) | lists:sort([receive {'EXIT', P, R} -> {exit, R}; {'DOWN', M, port, _, R} -> {down, R} after 1000 -> none end || _ <- [1, 2]])])
     end || How <- [send, call]].

catch_(F) -> try F() catch C:R -> {C, R} end.
