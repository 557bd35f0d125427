%% erlang:port_set_data/2 and port_get_data/1.
-module(port_data).
-export([main/1]).

main(_) ->
    P = open_port({spawn, "cat"}, []),
    t:show(erlang:port_get_data(P)),
    t:show([{erlang:port_set_data(P, D), erlang:port_get_data(P) =:= D} || D <- [atom, {a, "list", #{}}, lists:seq(1, 1000), binary:copy(<<"x">>, 300), 1 bsl 100, []]]),
    register(cat, P),
    t:show([erlang:port_set_data(cat, named), erlang:port_get_data(cat)]),
    port_close(P),
    t:show([t:try_it(F) || F <- [fun() -> erlang:port_get_data(P) end, fun() -> erlang:port_set_data(P, x) end, fun() -> erlang:port_get_data(cat) end,
                                 fun() -> erlang:port_get_data(self()) end]]).
