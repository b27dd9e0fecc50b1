//! Something between the shop and its PostgreSQL that swallows what is said, and hangs up on nobody.

use crate::shop::WIRE;
use std::net::SocketAddr;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

pub struct Relay {
    server: Url,
    address: SocketAddr,
    silence: watch::Sender<()>,
}

impl Relay {
    /// Passes on what is said to the server at this address.
    pub async fn to(server: &str) -> Self {
        let server = Url::parse(server).unwrap();
        let ears = WIRE.spawn(TcpListener::bind("127.0.0.1:0")).await.unwrap().unwrap();
        let address = ears.local_addr().unwrap();
        let (silence, falls) = watch::channel(());
        let behind = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap_or(5432));
        WIRE.spawn(async move {
            while let Ok((mut near, _)) = ears.accept().await {
                let mut falls = falls.clone();
                let mut far = TcpStream::connect(&behind).await.unwrap();
                falls.mark_unchanged();
                WIRE.spawn(async move {
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        Ok(()) = falls.changed() => std::future::pending().await, // held, and deaf
                    }
                });
            }
        });
        Self { server, address, silence }
    }

    /// The server by way of here.
    pub fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.to_string()
    }

    /// Nothing more comes through what is connected now; what connects later is served.
    pub fn falls_silent(&self) {
        self.silence.send_replace(());
    }
}
