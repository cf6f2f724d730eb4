//! A blocking HTTP client, for one instance.

use std::net::SocketAddr;
use std::time::Duration;

use ureq::Agent;
use ureq::http::HeaderMap;

#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    pub(crate) base: String,
}

pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn of(address: SocketAddr) -> Self {
        let settings = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(20)));
        Self { agent: settings.build().into(), base: format!("http://{address}") }
    }

    pub(crate) fn get(&self, path: &str) -> Page {
        self.try_get(path).unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    pub(crate) fn try_get(&self, path: &str) -> Result<Page, ureq::Error> {
        let (head, mut body) = self.agent.get(format!("{}{path}", self.base)).call()?.into_parts();
        Ok(Page { status: head.status.as_u16(), headers: head.headers, body: body.read_to_vec()? })
    }

    pub(crate) fn get_with(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let ask = self.agent.get(format!("{}{path}", self.base));
        let ask = fields.iter().fold(ask, |ask, (name, value)| ask.header(*name, *value));
        let (head, mut body) = ask.call().unwrap_or_else(|error| panic!("GET {path}: {error}")).into_parts();
        Page { status: head.status.as_u16(), headers: head.headers, body: body.read_to_vec().unwrap() }
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Page {
        let ask = self.agent.post(format!("{}{path}", self.base));
        let json = fields.iter().all(|(name, _)| *name != "content-type");
        let ask = if json { ask.content_type("application/json") } else { ask };
        let ask = fields.iter().fold(ask, |ask, (name, value)| ask.header(*name, *value));
        let (head, mut body) =
            ask.send(body).unwrap_or_else(|error| panic!("POST {path}: {error}")).into_parts();
        Page { status: head.status.as_u16(), headers: head.headers, body: body.read_to_vec().unwrap() }
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    pub(crate) fn as_of_ms(&self) -> u64 {
        self.header("forecourt-as-of").expect("pages say how old their data is").parse().unwrap()
    }

    /// Epoch and sequence; `None` where there is no car to see.
    pub(crate) fn version(&self) -> Option<(u64, u64)> {
        let (epoch, sequence) = self.header("forecourt-version")?.split_once('.').unwrap();
        Some((epoch.parse().unwrap(), sequence.parse().unwrap()))
    }

    /// What stands between `before` and the next quotation mark, everywhere.
    pub(crate) fn all(&self, before: &str) -> Vec<String> {
        let text = self.text();
        text.split(before).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }
}
