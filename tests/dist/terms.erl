%% Terms of every kind go to another node and come back equal, by pid, by name and by alias.
-module(terms).
-export([main/1]).

main(_) ->
    {Node, _} = d:start("b"),
    io:format("~p ~p ~p~n", [node(), Node, nodes()]),
    Echo = spawn(Node, d, echo, [self()]),
    receive {Echo, up} -> ok end,
    io:format("~p~n", [node(Echo)]),
    [io:format("~p: ~p~n", [Name, there_and_back(Echo, Term)]) || {Name, Term} <- terms(Echo)],
    io:format("all at once: ~p~n", [there_and_back(Echo, terms(Echo))]),
    register(me, self()),
    io:format("by name: ~p~n", [rpc:call(Node, erlang, send, [{me, node()}, hello])]),
    receive hello -> io:format("hello~n") end,
    Alias = alias([reply]),
    {Alias, Node} = rpc:call(Node, erlang, send, [Alias, {Alias, Node}]),
    receive {Alias, _} -> io:format("alias~n") end,
    rpc:call(Node, erlang, send, [Alias, again]),
    io:format("~p~n", [d:collect(100)]),
    {nobody, Node} ! lost,
    io:format("~p ~p~n", [erlang:send({nobody, Node}, lost, [noconnect]), erlang:send({nobody, 'nowhere@127.0.0.1'}, lost, [noconnect])]),
    io:format("from text: ~p~n", [[same_from_text(T) || T <- [Echo, hd(rpc:call(Node, erlang, ports, [])), rpc:call(Node, erlang, make_ref, [])]]]),
    ordered(Echo).

same_from_text(T) when is_pid(T) -> list_to_pid(pid_to_list(T)) =:= T;
same_from_text(T) when is_port(T) -> list_to_port(port_to_list(T)) =:= T;
same_from_text(T) -> list_to_ref(ref_to_list(T)) =:= T.

there_and_back(Echo, Term) ->
    Echo ! {self(), Term},
    receive {Echo, Term} -> same; {Echo, Other} -> {other, Other} after 5000 -> none end.

terms(Echo) ->
    Ref = make_ref(),
    [{small, 1}, {negative, -5}, {integer, 1 bsl 40}, {big, 1 bsl 5000}, {float, 1.5}, {zero, -0.0}, {tiny, 1.0e-300}, {huge, 1.0e300}, {atom, abc},
     {empty_atom, ''}, {wide_atom, 'åäö€'}, {long_atom, list_to_atom(lists:duplicate(255, $x))}, {wide_long_atom, list_to_atom(lists:duplicate(255, 16#20ac))},
     {nil, []}, {string, "string"}, {list, [1, a, 2.5, [nested]]}, {improper, [a | b]}, {tuple, {}}, {big_tuple, list_to_tuple(lists:seq(1, 300))},
     {map, #{a => 1, "b" => #{}}}, {big_map, maps:from_list([{N, {N}} || N <- lists:seq(1, 200)])}, {binary, <<"abc">>},
     {large_binary, binary:copy(<<"0123456789">>, 1000)}, {bits, <<5:3>>}, {sub, binary:part(binary:copy(<<"abc">>, 100), 7, 90)},
     {pid, self()}, {their_pid, Echo}, {ref, Ref}, {magic, ets:new(t, [])}, {port, hd(erlang:ports())}, {external_fun, fun lists:map/2},
     {fun_, fun(X) -> {X, Ref} end}, {atoms, [list_to_atom("atom_" ++ integer_to_list(N)) || N <- lists:seq(1, 600)]}].

%% Large and small messages of one sender keep their order.
ordered(Echo) ->
    Sizes = [10, 200000, 1, 70000, 65536, 65535, 3000000, 0, 131072, 5],
    [Echo ! {self(), {N, binary:copy(<<N>>, Size)}} || {N, Size} <- lists:enumerate(Sizes)],
    io:format("~w~n", [[receive {Echo, {N, B}} -> {N, byte_size(B), B =:= binary:copy(<<N>>, byte_size(B))} end || _ <- Sizes]]).
