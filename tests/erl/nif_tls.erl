%% TLS between two processes of one node: crypto, public_key and ssl together.
-module(nif_tls).
-export([main/1]).

main(_) ->
    {ok, _} = application:ensure_all_started(ssl),
    Chain = #{root => [{key, {namedCurve, secp256r1}}], intermediates => [], peer => [{key, {namedCurve, secp256r1}}]},
    #{server_config := Server, client_config := Client} = public_key:pkix_test_data(#{server_chain => Chain, client_chain => Chain}),
    [talk(V, Server, Client) || V <- ['tlsv1.2', 'tlsv1.3']].

talk(Version, Server, Client) ->
    Common = [{versions, [Version]}, {active, false}],
    {ok, Listen} = ssl:listen(0, [{reuseaddr, true}, {ip, {127, 0, 0, 1}}] ++ Common ++ Server),
    {ok, {_, Port}} = ssl:sockname(Listen),
    {Pid, Ref} = spawn_monitor(fun() -> serve(Listen) end),
    {ok, Socket} = ssl:connect({127, 0, 0, 1}, Port, [{verify, verify_peer}, {server_name_indication, disable}] ++ Common ++ Client),
    t:show(ssl:connection_information(Socket, [protocol, selected_cipher_suite])),
    Data = binary:copy(<<"0123456789">>, 5000),
    ok = ssl:send(Socket, Data),
    {ok, Back} = ssl:recv(Socket, byte_size(Data)),
    t:show(Back =:= Data),
    ok = ssl:close(Socket),
    receive {'DOWN', Ref, process, Pid, Why} -> t:show(Why) end,
    ssl:close(Listen).

serve(Listen) ->
    {ok, Accepted} = ssl:transport_accept(Listen),
    {ok, Socket} = ssl:handshake(Accepted),
    {ok, Data} = ssl:recv(Socket, 50000),
    ok = ssl:send(Socket, Data),
    exit(ssl:recv(Socket, 1)).
