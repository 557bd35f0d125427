%% Libraries of OTP's own: crypto and asn1rt_nif.
-module(nif_crypto).
-export([main/1]).

main(_) ->
    t:show([crypto:hash(H, <<"abc">>) || H <- [md5, sha, sha256, sha3_512, blake2b]]),
    t:show(crypto:mac(hmac, sha256, <<"key">>, [<<"da">>, "ta"])),
    t:show([byte_size(crypto:strong_rand_bytes(N)) || N <- [0, 1, 100, 100000]]),
    Key = <<1:128>>, IV = <<2:128>>,
    Text = binary:copy(<<"some text ">>, 1000),
    Sealed = crypto:crypto_one_time(aes_128_ctr, Key, IV, Text, true),
    t:show({erlang:phash2(Sealed), crypto:crypto_one_time(aes_128_ctr, Key, IV, Sealed, false) =:= Text}),
    {Cipher, Tag} = crypto:crypto_one_time_aead(aes_256_gcm, <<3:256>>, <<4:96>>, <<"plain">>, <<"aad">>, true),
    t:show({Cipher, Tag, crypto:crypto_one_time_aead(aes_256_gcm, <<3:256>>, <<4:96>>, Cipher, <<"aad">>, Tag, false),
            crypto:crypto_one_time_aead(aes_256_gcm, <<3:256>>, <<4:96>>, Cipher, <<"bad">>, Tag, false)}),
    %% A state is a resource, and long updates are scheduled anew.
    S0 = crypto:hash_init(sha256),
    S1 = crypto:hash_update(S0, binary:copy(<<"x">>, 300000)),
    t:show({is_reference(S1), crypto:hash_final(S1), crypto:hash_final(crypto:hash_update(S0, <<>>))}),
    t:show(catch_shape(fun() -> crypto:hash_update(make_ref(), <<"x">>) end)),
    %% A slice that begins in the midst of a byte.
    <<_:3, Slice:40/binary, _/bitstring>> = <<0:3, (binary:copy(<<"ab">>, 30))/binary>>,
    t:show(crypto:hash(sha, Slice)),
    {Public, Private} = crypto:generate_key(ecdh, secp256r1, <<7:256>>),
    t:show({Public, Private}),
    t:show(crypto:verify(ecdsa, sha256, <<"msg">>, crypto:sign(ecdsa, sha256, <<"msg">>, [Private, secp256r1]), [Public, secp256r1])),
    t:show(crypto:mod_pow(1 bsl 200, 12345, 1 bsl 201 - 1)),
    t:show([catch_shape(F) || F <- [fun() -> crypto:strong_rand_bytes(a) end, fun() -> crypto:hash(nonsense, <<>>) end,
                                    fun() -> crypto:hash(sha, {}) end, fun() -> crypto:crypto_one_time(aes_128_ctr, <<1>>, IV, <<>>, true) end]]),
    t:show(lists:member({hash_nif, 2}, crypto:module_info(nifs))),
    t:show([erlang:function_exported(crypto, F, A) || {F, A} <- [{hash, 2}, {hash_nif, 2}]]),
    t:show(asn1rt_nif:encode_ber_tlv({48, [{2, <<5>>}, {4, <<"octets">>}]})),
    t:show(asn1rt_nif:decode_ber_tlv(<<48, 11, 2, 1, 5, 4, 6, "octets">>)),
    t:show(catch asn1rt_nif:decode_ber_tlv(<<48, 200>>)),
    {'RSAPublicKey', _, E} = RSA = public_key:der_decode('RSAPublicKey', public_key:der_encode('RSAPublicKey', {'RSAPublicKey', 1 bsl 100 + 7, 65537})),
    t:show({E, RSA}),
    t:show([M || M <- erlang:system_info(taints), lists:member(M, [crypto, asn1rt_nif])] -- [crypto, asn1rt_nif]),
    Pids = [spawn_monitor(fun() -> exit(erlang:phash2([crypto:hash(sha256, <<I:32>>) || I <- lists:seq(1, 500)])) end) || _ <- lists:seq(1, 8)],
    t:show(lists:usort([receive {'DOWN', R, _, _, X} -> X end || {_, R} <- Pids])).

catch_shape(F) ->
    try F()
    catch C:R:Trace ->
        {M, G, A, I} = hd(Trace),
        {C, R, M, G, if is_list(A) -> length(A); true -> A end, proplists:is_defined(error_info, I)}
    end.
