%% Names that several nodes share: global, pg, rpc; and who is let in.
-module(names).
-export([main/1]).

main(_) ->
    {B, _} = d:start("b"),
    {C, _} = Peer = d:start("c"),
    d:wait_until(fun() -> lists:sort(rpc:call(B, erlang, nodes, [])) =:= lists:sort([node(), C]) end),
    ok = global:sync(),
    Me = self(),
    io:format("~p ~p~n", [global:register_name(it, Me), global:register_name(it, Me)]),
    io:format("~p~n", [[rpc:call(N, global, whereis_name, [it]) =:= Me || N <- [B, C]]]),
    There = spawn(C, timer, sleep, [infinity]),
    io:format("~p~n", [global:re_register_name(it, There)]),
    io:format("~p ~p~n", [rpc:call(B, global, whereis_name, [it]) =:= There, global:trans({lock, Me}, fun() -> locked end)]),
    pg:start_link(),
    [{ok, _} = rpc:call(N, pg, start, [pg]) || N <- [B, C]],
    ok = pg:join(group, [Me]),
    ok = rpc:call(B, pg, join, [group, [rpc:call(B, erlang, whereis, [init])]]),
    d:wait_until(fun() -> length(pg:get_members(group)) =:= 2 andalso length(rpc:call(C, pg, get_members, [group])) =:= 2 end),
    io:format("~p~n", [lists:sort([node(P) || P <- pg:get_members(group)])]),
    io:format("~p~n", [rpc:multicall([node(), B, C], erlang, node, [])]),
    io:format("~p~n", [rpc:call(B, erlang, error, [bad]) =/= ok]),
    d:kill(Peer),
    d:wait_until(fun() -> global:whereis_name(it) =:= undefined end),
    io:format("~p ~p~n", [nodes(), rpc:call(C, erlang, node, [])]),
    erlang:set_cookie('d@127.0.0.1', other),
    Port = d:start_port('d@127.0.0.1', ["-setcookie", "another"]),
    d:wait_until(fun() -> {ok, Names} = erl_epmd:names("127.0.0.1"), lists:keymember("d", 1, Names) end),
    io:format("~p~n", [net_adm:ping('d@127.0.0.1')]),
    erlang:set_cookie('d@127.0.0.1', another),
    io:format("~p~n", [net_adm:ping('d@127.0.0.1')]),
    port_close(Port),
    io:format("~p~n", [global:unregister_name(it)]).
